/** The account of a session. Pure. */
import type { FileAccess } from '../../../shared/files/permissions.ts'

export interface SessionAccount extends FileAccess {
  readonly name: string
  /** Missing for the anonymous account, which is not stored. */
  readonly createdAt?: number
}

/** Reads everything, with any password (RFC 1635). */
export const ANONYMOUS: SessionAccount = { name: 'anonymous', read: ['/'], write: [] }

const ANONYMOUS_NAMES: readonly string[] = ['anonymous', 'ftp']

export function isAnonymous(name: string): boolean {
  return ANONYMOUS_NAMES.includes(name.toLowerCase())
}

/** Returns false if an account was removed and another one of that name added. */
export function isSameAccount(a: SessionAccount, b: SessionAccount): boolean {
  return a.name === b.name && a.createdAt === b.createdAt
}

/** Names the sessions that share a rate: those of an account, or the anonymous ones of an address. */
export function throttleKey(account: SessionAccount | undefined, clientHost = ''): string {
  // Names have no spaces.
  return account && account !== ANONYMOUS ? account.name : `${ANONYMOUS.name} ${clientHost}`
}

/** Returns true if the account may write or delete anywhere. */
export function canWrite({ write, delete: deletable = write }: SessionAccount): boolean {
  return write.length > 0 || deletable.length > 0
}
