/** Accounts: anonymous may read, one account may read and write. */
import { createHash, timingSafeEqual } from 'node:crypto'

/** Credentials of the account that may write. */
export interface Credentials {
  readonly user: string
  readonly password: string
}

export interface Account {
  readonly name: string
  readonly canWrite: boolean
}

/** The names of the anonymous account, which accepts any password (RFC 1635). */
const ANONYMOUS = ['anonymous', 'ftp'] as const

/** The default account that may write. Its password is public, so it is for loopback addresses only. */
export const DEMO_ACCOUNT = { user: 'demo', password: 'demo' } as const

export function isAnonymous(name: string): boolean {
  return ANONYMOUS.some(alias => alias === name.toLowerCase())
}

/** Returns the account; undefined if the name or the password is wrong. */
export function authenticate(name: string, password: string, writer: Credentials): Account | undefined {
  if (isAnonymous(name)) return { name: 'anonymous', canWrite: false }
  // Compares both, and in constant time, so that the response time reveals neither.
  const matches = [equals(name, writer.user), equals(password, writer.password)]
  return matches.every(Boolean) ? { name, canWrite: true } : undefined
}

function equals(actual: string, expected: string): boolean {
  return timingSafeEqual(digest(actual), digest(expected))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
