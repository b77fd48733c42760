/** Where a redirect leads, and as what (RFC 9110, section 15.4). Pure. */
import type { RequestHeaders } from './url.ts'

/** The request that a redirect makes of another. */
export interface Redirected {
  readonly url: string
  readonly method: string
  /** False where the request goes on without its body. */
  readonly keepsBody: boolean
  /** False where it goes on to somebody else, to whom secrets must not be told. */
  readonly sameOrigin: boolean
}

const REDIRECTS = new Set([301, 302, 303, 307, 308])

/** The request to make next; undefined for a response that is no redirect, or does not say where to. */
export function redirected(
  status: number,
  location: string | undefined,
  from: { url: string; method: string },
): Redirected | undefined {
  if (!REDIRECTS.has(status) || location === undefined || !URL.canParse(location, from.url)) return undefined
  const to = new URL(location, from.url)
  const toGet = (status === 303 && from.method !== 'HEAD') || (status < 303 && from.method === 'POST')
  return {
    url: to.href,
    method: toGet ? 'GET' : from.method,
    keepsBody: !toGet,
    sameOrigin: to.origin === new URL(from.url).origin,
  }
}

/** What is for one server and nobody else, and what tells of a body that is not sent on. */
const SECRET_FIELDS = new Set(['authorization', 'cookie', 'proxy-authorization', 'host'])
const BODY_FIELDS = new Set(['content-type', 'content-length', 'content-encoding', 'transfer-encoding'])

/** The fields of the request that a redirect makes. */
export function redirectedHeaders(headers: RequestHeaders, { sameOrigin, keepsBody }: Redirected): RequestHeaders {
  const kept = Object.entries(headers).filter(([name]) => {
    const lower = name.toLowerCase()
    return (sameOrigin || !SECRET_FIELDS.has(lower)) && (keepsBody || !BODY_FIELDS.has(lower))
  })
  return Object.fromEntries(kept)
}
