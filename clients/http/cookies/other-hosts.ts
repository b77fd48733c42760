/** Explains a session that has cookies, and none for the host of a request. Pure. */
import { basename } from 'node:path'
import type { CookieRecord } from './record.ts'

/** Bounds the text. */
const MAX_NAMES = 3

/** Returns `s.json has cookies of www.fourwire.test, none for 127.0.0.1`; undefined if a cookie is for the host, or there is none. */
export function describeOtherHosts(file: string, cookies: readonly CookieRecord[], host: string): string | undefined {
  if (cookies.length === 0 || cookies.some(cookie => isFor(host, cookie))) return undefined
  const names = [...new Set(cookies.map(({ domain }) => domain))]
  const more = names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : ''
  return `${basename(file)} has cookies of ${names.slice(0, MAX_NAMES).join(', ')}${more}, none for ${host}`
}

/** @param host without the brackets of an IPv6 address */
function isFor(host: string, { domain, hostOnly }: CookieRecord): boolean {
  return host === domain || (!hostOnly && host.endsWith(`.${domain}`))
}
