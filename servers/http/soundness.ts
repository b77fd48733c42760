/** What must hold for a request before anybody looks at what it asks. Pure; node's parser has checked the syntax. */
import { type Answer, page } from './answer.ts'
import { MAX_TARGET_BYTES } from './limits.ts'

/** What node's parser tells of a request. */
export interface RequestHead {
  readonly url?: string | undefined
  readonly httpVersionMajor: number
  readonly httpVersionMinor: number
  /** Name, value, name, value. */
  readonly rawHeaders: readonly string[]
  readonly headers: { readonly host?: string | undefined; readonly expect?: string | undefined }
}

// RFC 3986, section 3.2.2, loosely: what can stand in a name, an address in brackets, a port. Empty is allowed.
const HOST = /^[A-Za-z0-9._~!$&'()*+,;=%:[\]-]*$/

/** The answer to a request that is not sound; undefined for one that is. */
export function objection(head: RequestHead): Answer | undefined {
  const { headers, httpVersionMajor, httpVersionMinor, rawHeaders, url = '' } = head
  if (httpVersionMajor !== 1) return page(505, 'This server speaks HTTP/1.1 and HTTP/1.0.')
  if (url.length > MAX_TARGET_BYTES) return page(414, `The request target is longer than ${MAX_TARGET_BYTES} bytes.`)
  const { host, expect } = headers
  // RFC 9112, section 3.2: exactly one Host field, and a sound one, or 400.
  if (host === undefined && httpVersionMinor > 0) return page(400, 'A request of HTTP/1.1 has a Host field.')
  if (host !== undefined && !HOST.test(host)) return page(400, 'The Host field does not name a host.')
  if (host !== undefined && countHosts(rawHeaders) > 1) return page(400, 'There is more than one Host field.')
  if (expect !== undefined && expect.toLowerCase() !== '100-continue') {
    return page(417, 'This server knows no expectation but 100-continue.')
  }
  return undefined
}

/** node keeps the first Host field and drops the others, so they are counted where they are still seen. */
function countHosts(rawHeaders: readonly string[]): number {
  let count = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? ''
    if (name.length === 4 && name.toLowerCase() === 'host') count += 1
  }
  return count
}
