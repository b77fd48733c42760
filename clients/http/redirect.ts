/** Redirects (RFC 9110, section 15.4). Pure. */
import type { HttpResponse } from './response.ts'
import type { RequestHeaders } from './url.ts'

/** The request to send after a redirect. */
export interface Redirect {
  readonly url: string
  readonly method: string
  /** False if the next request has no body. */
  readonly keepsBody: boolean
  /** False if the next request must not contain credentials. */
  readonly sameOrigin: boolean
}

const REDIRECT_STATUSES = new Set([301, 302, 303, 307, 308])

/** Returns undefined if the response is not a redirect, or has no valid Location. */
export function resolveRedirect(
  status: number,
  location: string | undefined,
  from: { url: string; method: string },
): Redirect | undefined {
  if (!REDIRECT_STATUSES.has(status) || location === undefined || !URL.canParse(location, from.url)) return undefined
  const to = new URL(location, from.url)
  const becomesGet = (status === 303 && from.method !== 'HEAD') || (status < 303 && from.method === 'POST')
  return {
    url: to.href,
    method: becomesGet ? 'GET' : from.method,
    keepsBody: !becomesGet,
    sameOrigin: to.origin === new URL(from.url).origin,
  }
}

/** Returns what is wrong with the Location of a redirect; undefined if it can be followed, or the response is not a redirect. */
export function locationProblem(status: number, location: string | undefined, from: string): string | undefined {
  if (!REDIRECT_STATUSES.has(status) || location === undefined || URL.canParse(location, from)) return undefined
  return `${JSON.stringify(location)} is not a valid URL`
}

/** Returns the line that a person reads about a redirect that was not followed; undefined for another response. */
export function describeRedirect(response: Pick<HttpResponse, 'status' | 'statusText' | 'headers' | 'url'>) {
  const { status, statusText, headers, url } = response
  if (!REDIRECT_STATUSES.has(status)) return undefined
  // The text of a server must not control the terminal.
  const [head, target] = [`${status} ${statusText}`.trimEnd(), headers.location].map(text =>
    text?.replace(/\p{Cc}/gu, '?'),
  )
  if (target === undefined) return `${head}: it has no Location, so it cannot be followed`
  const isValid = resolveRedirect(status, headers.location, { url, method: 'GET' }) !== undefined
  return `${head}: ${target} ${isValid ? '(--follow follows it)' : 'is not a valid URL'}`
}

/** Fields for the origin of the first request only. */
const CREDENTIAL_FIELDS = new Set(['authorization', 'cookie', 'proxy-authorization', 'host'])
/** Fields that describe a body. */
const BODY_FIELDS = new Set(['content-type', 'content-length', 'content-encoding', 'transfer-encoding'])

/** Returns the header fields of the request after a redirect. */
export function headersForRedirect(headers: RequestHeaders, { sameOrigin, keepsBody }: Redirect): RequestHeaders {
  const kept = Object.entries(headers).filter(([name]) => {
    const lower = name.toLowerCase()
    return (sameOrigin || !CREDENTIAL_FIELDS.has(lower)) && (keepsBody || !BODY_FIELDS.has(lower))
  })
  return Object.fromEntries(kept)
}
