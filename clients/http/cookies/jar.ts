/**
 * Keeps the cookies of responses and selects those of a request (RFC 6265). tough-cookie does both, except that here:
 *
 * - Max-Age counts from the response with the cookie. In tough-cookie each use of the cookie starts it again.
 * - Number, size and lifetime of cookies are bounded (RFC 6265, section 6.1).
 * - A response over http neither sets a Secure cookie nor replaces one (RFC 6265bis, section 5.7), also on localhost.
 */
import { Cookie, CookieJar as LibraryJar, MemoryCookieStore } from 'tough-cookie'
import type { CookieJar } from '../exchange/http-request.ts'
import { type CookieRecord, fromRecord, isFieldText, MAX_COOKIES, toRecord } from './record.ts'

/** So that one domain does not evict the cookies of others. */
const MAX_COOKIES_PER_DOMAIN = 50
/** RFC 6265bis, section 5.5. */
const MAX_LIFETIME_MS = 400 * 24 * 60 * 60 * 1000

/** A jar whose cookies can be written to a file. */
export class SerializableCookieJar implements CookieJar {
  readonly #store = new MemoryCookieStore()
  readonly #jar = new LibraryJar(this.#store, { allowSecureOnLocal: false })

  constructor(records: readonly CookieRecord[] = []) {
    for (const record of records) void this.#store.putCookie(fromRecord(record))
  }

  cookiesFor(url: string): string {
    const cookies = this.#jar.getCookiesSync(url, { sort: true })
    return cookies.map(cookie => cookie.cookieString()).join('; ')
  }

  store(url: string, setCookies: readonly string[]): void {
    for (const line of setCookies) this.#storeCookie(url, line)
    for (const { domain, path, key } of excessCookies(this.#cookies())) {
      void this.#store.removeCookie(domain ?? '', path ?? '', key)
    }
  }

  /** Returns the cookies that have not expired. */
  records(): readonly CookieRecord[] {
    const now = Date.now()
    return this.#cookies()
      .map(toRecord)
      .filter(({ expires }) => expires === undefined || Date.parse(expires) > now)
  }

  #storeCookie(url: string, line: string): void {
    const cookie = isFieldText(line) ? Cookie.parse(line) : undefined
    if (!cookie || this.#replacesSecureCookie(url, cookie.key)) return
    setExpiry(cookie, Date.now())
    this.#jar.setCookieSync(cookie, url, { ignoreError: true })
  }

  #replacesSecureCookie(url: string, name: string): boolean {
    if (!url.startsWith('http:')) return false
    const cookies = this.#jar.getCookiesSync(url.replace(/^http:/, 'https:'))
    return cookies.some(({ secure, key }) => secure && key === name)
  }

  #cookies(): readonly Cookie[] {
    let cookies: readonly Cookie[] = []
    // This store calls back before it returns.
    this.#store.getAllCookies((_error, all) => {
      cookies = all ?? []
    })
    return cookies
  }
}

/** Replaces Max-Age, which takes precedence, by the time it stands for. */
function setExpiry(cookie: Cookie, now: number): void {
  if (!cookie.isPersistent()) return
  const expiry = cookie.expiryTime(new Date(now)) ?? now
  cookie.maxAge = null
  cookie.expires = new Date(Math.min(Math.max(expiry, 0), now + MAX_LIFETIME_MS))
}

/** Returns the cookies beyond the bounds, those with the oldest use. */
function excessCookies(cookies: readonly Cookie[]): readonly Cookie[] {
  const counts = new Map<string | null, number>()
  let kept = 0
  const lastUse = ({ lastAccessed }: Cookie) => (lastAccessed instanceof Date ? lastAccessed.getTime() : 0)
  return cookies
    .toReversed()
    .sort((a, b) => lastUse(b) - lastUse(a))
    .filter(({ domain }) => {
      const count = counts.get(domain) ?? 0
      if (count >= MAX_COOKIES_PER_DOMAIN || kept >= MAX_COOKIES) return true
      counts.set(domain, count + 1)
      kept += 1
      return false
    })
}
