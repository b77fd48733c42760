/** Verifies the credentials of AUTH (RFC 4954), slowly for those who guess. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Accounts } from '../../shared/store/accounts.ts'
import { StoreError } from '../../shared/store/store-error.ts'
import type { SignIn } from './adapter/rules.ts'
import type { SmtpOptions } from './options.ts'
import { AUTH_BUSY, AUTH_FAILED, type Reply } from './replies.ts'

/** Milliseconds before the reply to a failed sign-in, for each failure of the last minutes from that address. */
const DELAY_STEP_MS = 250
const MAX_DELAY_MS = 4000
/** Milliseconds after which failures are forgotten. */
const FORGET_MS = 300_000
/** Addresses that are remembered. */
const MAX_ADDRESSES = 10_000

/** What a session knows of its client after AUTH. */
export interface SignedIn {
  readonly account: string
  /** What the client sent, if any credentials are accepted. */
  readonly credentials?: SignIn | undefined
}

interface Failures {
  readonly count: number
  readonly at: number
}

export class SignIns {
  readonly #accounts: Accounts
  readonly #mode: SmtpOptions['auth']
  readonly #failures = new Map<string, Failures>()

  constructor(accounts: Accounts, mode: SmtpOptions['auth']) {
    this.#accounts = accounts
    this.#mode = mode
  }

  /** Returns who signed in, or the reply that refuses the credentials. */
  async verify(signIn: SignIn, address: string): Promise<SignedIn | Reply> {
    if (this.#mode === 'any') return { account: signIn.user, credentials: signIn }
    try {
      const account = await this.#accounts.verify(signIn.user, signIn.password)
      if (account) return { account: account.name }
    } catch (error) {
      if (error instanceof StoreError && error.code === 'busy') return AUTH_BUSY
      throw error
    }
    await delay(this.#recordFailure(address), undefined, { ref: false })
    return AUTH_FAILED
  }

  /** Returns the milliseconds to wait. */
  #recordFailure(address: string): number {
    const now = performance.now()
    const { count, at } = this.#failures.get(address) ?? { count: 0, at: now }
    const failures = { count: now - at < FORGET_MS ? count + 1 : 1, at: now }
    if (this.#failures.size >= MAX_ADDRESSES) this.#failures.clear()
    this.#failures.set(address, failures)
    return Math.min(failures.count * DELAY_STEP_MS, MAX_DELAY_MS)
  }
}
