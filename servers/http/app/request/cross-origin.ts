/**
 * Protection against cross-site request forgery without tokens, as Go's `http.CrossOriginProtection` has it: a browser sends
 * the origin of an unsafe request in Sec-Fetch-Site (Fetch Metadata, section 2.3) or in Origin (RFC 6454, section 7). A
 * request with neither is not from a browser, and has only the cookies that its user gave it. Pure.
 */

import type { RequestFields } from '../../request/request.ts'
import { isOwnOrigin } from '../../routes/mail/foreign-site.ts'

/** The methods that change nothing (RFC 9110, section 9.2.1). */
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/** True if a page of another origin makes the browser send a request that could change something. */
export function isForgery(method: string, headers: RequestFields): boolean {
  if (SAFE_METHODS.has(method)) return false
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site !== 'same-origin' && site !== 'none'
  return !isOwnOrigin(headers)
}
