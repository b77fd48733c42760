/** The cookie with the token of a session (RFC 6265). Pure. */
import { parseCookie, stringifySetCookie } from 'cookie'
import type { RequestFields } from '../../request/request.ts'

/**
 * Browsers accept the prefix `__Host-` only over TLS and without a Domain attribute, so that neither another host of the
 * domain nor an attacker on the network can set the cookie (RFC 6265bis, section 4.1.3.2).
 */
function cookieName(isSecure: boolean): string {
  return isSecure ? '__Host-session' : 'session'
}

/** Returns the token of a request; undefined if it has none. */
export function readSessionToken(headers: RequestFields, isSecure: boolean): string | undefined {
  const { cookie } = headers
  return typeof cookie === 'string' ? parseCookie(cookie)[cookieName(isSecure)] : undefined
}

/**
 * Returns the Set-Cookie field of a new session.
 *
 * @param lifetime milliseconds
 */
export function sessionCookie(token: string, isSecure: boolean, lifetime: number): string[] {
  return setCookie(token, isSecure, Math.floor(lifetime / 1000))
}

/** Returns the Set-Cookie field that removes the cookie. */
export function expiredSessionCookie(isSecure: boolean): string[] {
  return setCookie('', isSecure, 0)
}

function setCookie(value: string, isSecure: boolean, maxAge: number): string[] {
  const attributes = { httpOnly: true, sameSite: 'lax', path: '/', secure: isSecure, maxAge } as const
  return ['Set-Cookie', stringifySetCookie({ name: cookieName(isSecure), value, ...attributes })]
}
