/** Collects header fields by lower-case name, and combines those of the same name (RFC 9110, section 5.3). Pure. */
import { MalformedRequest } from './malformed-request.ts'

/**
 * Lower-case names of common fields. A lookup is faster than `toLowerCase`, and the names of most requests are in it.
 */
const COMMON_NAMES: ReadonlyMap<string, string> = new Map(
  [
    'Host Connection User-Agent Accept Accept-Encoding Accept-Language Cache-Control Content-Length Content-Type Cookie',
    'If-Match If-Modified-Since If-None-Match If-Range If-Unmodified-Since Origin Range Referer Transfer-Encoding Expect',
    'Authorization Upgrade Upgrade-Insecure-Requests Sec-Fetch-Dest Sec-Fetch-Mode Sec-Fetch-Site Sec-Fetch-User Pragma',
  ]
    .flatMap(line => line.split(' '))
    .flatMap(name => [name, name.toLowerCase()].map(spelling => [spelling, name.toLowerCase()] as const)),
)

/** A request with two of these could mean two things (RFC 9110, sections 7.2, 8.6 and 11.6.2), so it is rejected. */
const UNIQUE = new Map([
  ['host', 'There is more than one Host field.'],
  ['content-length', 'There is more than one Content-Length field.'],
  ['authorization', 'There is more than one Authorization field.'],
])

/** Fields with one value, of which the first counts. A repeated date of a condition is ignored: joined, it is not a date. */
const SINGLE_VALUED = new Set(['content-type', 'from', 'max-forwards', 'proxy-authorization', 'referer', 'user-agent'])

/**
 * Adds a field. A repeated field is joined with a comma, and Cookie with a semicolon (RFC 6265, section 5.4).
 *
 * @throws MalformedRequest if the field must be unique
 */
export function addField(fields: Record<string, string>, name: string, value: string): void {
  const key = COMMON_NAMES.get(name) ?? name.toLowerCase()
  // Assigning it would change the prototype of the object.
  if (key === '__proto__') return
  const existing = Object.hasOwn(fields, key) ? fields[key] : undefined
  if (existing === undefined) fields[key] = value
  else if (UNIQUE.has(key)) throw new MalformedRequest(400, String(UNIQUE.get(key)))
  else if (!SINGLE_VALUED.has(key)) fields[key] = `${existing}${key === 'cookie' ? '; ' : ', '}${value}`
}
