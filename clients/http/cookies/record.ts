/** The JSON of a cookie, as the session file contains it. Pure. */
import { Cookie } from 'tough-cookie'
import * as z from 'zod'

/** Bounds a cookie. RFC 6265, section 6.1, requires at least 4096 bytes for name, value and attributes. */
export const MAX_COOKIE_LENGTH = 5000
/** Bounds a jar. */
export const MAX_COOKIES = 300

/** A field's value has one character for each byte, except control characters. */
const FIELD_TEXT = /^[\x20-\x7e\x80-\xff]*$/

/** Returns true if a header field can contain the text. */
export function isFieldText(text: string): boolean {
  return text.length <= MAX_COOKIE_LENGTH && FIELD_TEXT.test(text)
}

const textSchema = z.string().refine(isFieldText, 'too long, or has a character that a header field cannot have')

export const cookieRecordsSchema = z
  .array(
    z.object({
      name: textSchema.min(1),
      value: textSchema,
      domain: textSchema.min(1),
      path: textSchema.startsWith('/'),
      /** False if the cookie is for subdomains of `domain` too. */
      hostOnly: z.boolean(),
      secure: z.boolean(),
      httpOnly: z.boolean(),
      sameSite: textSchema.optional(),
      /** Missing if the cookie does not expire. */
      expires: z.iso.datetime().optional(),
      created: z.iso.datetime(),
      lastUsed: z.iso.datetime(),
    }),
  )
  .max(MAX_COOKIES)

export type CookieRecord = z.output<typeof cookieRecordsSchema>[number]

export function toRecord(cookie: Cookie): CookieRecord {
  const { key, value, domain, path, hostOnly, secure, httpOnly, sameSite, expires, creation, lastAccessed } = cookie
  return {
    name: key,
    value,
    domain: domain ?? '',
    path: path ?? '/',
    hostOnly: hostOnly ?? true,
    secure,
    httpOnly,
    sameSite,
    expires: expires instanceof Date ? expires.toISOString() : undefined,
    created: formatDate(creation),
    lastUsed: formatDate(lastAccessed),
  }
}

/** tough-cookie's type allows other values for the time of a cookie from elsewhere; a jar always sets a date. */
function formatDate(date: Cookie['creation']): string {
  return (date instanceof Date ? date : new Date(0)).toISOString()
}

export function fromRecord({ name, expires, created, lastUsed, ...rest }: CookieRecord): Cookie {
  return new Cookie({
    ...rest,
    key: name,
    expires: expires === undefined ? 'Infinity' : new Date(expires),
    creation: new Date(created),
    lastAccessed: new Date(lastUsed),
  })
}
