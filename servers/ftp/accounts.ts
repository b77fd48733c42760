/** Who may log in: anyone to read, one account to read and write. */
import { createHash, timingSafeEqual } from 'node:crypto'

export interface Account {
  readonly name: string
  readonly writes: boolean
}

/** The names under which anyone may read, with any password (RFC 1635). */
export const ANONYMOUS = ['anonymous', 'ftp'] as const

/** The account that may write, where nothing else was set. It is public, so only for this machine. */
export const DEMONSTRATION = { user: 'demo', password: 'demo' } as const

export function isAnonymous(name: string): boolean {
  return ANONYMOUS.some(known => known === name.toLowerCase())
}

/** The account that these words open, or undefined. */
export function authenticate(
  name: string,
  password: string,
  writer: { readonly user: string; readonly password: string },
): Account | undefined {
  if (isAnonymous(name)) return { name: 'anonymous', writes: false }
  // Both are always compared, and in constant time, so that time tells nothing about either.
  const known = [same(name, writer.user), same(password, writer.password)]
  return known.every(Boolean) ? { name, writes: true } : undefined
}

function same(given: string, wanted: string): boolean {
  return timingSafeEqual(digest(given), digest(wanted))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
