/** The accounts that exist while all services listen on loopback, so that examples work without any set-up. Pure. */

export interface DemonstrationAccount {
  readonly name: string
  readonly password: string
  readonly read: readonly string[]
  readonly write: readonly string[]
}

export const DEMONSTRATION_ACCOUNTS: readonly DemonstrationAccount[] = [
  { name: 'alice', password: 'wonderland', read: ['/'], write: ['/'] },
  { name: 'bob', password: 'builder', read: ['/'], write: ['/'] },
]
