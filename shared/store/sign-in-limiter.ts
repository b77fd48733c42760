/** Verifies the passwords of clients, slowly for an address that guesses: FTP and SMTP share it. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Account, Accounts } from './accounts.ts'
import { StoreError } from './store-error.ts'

/** Milliseconds before the result of a failed sign-in, for each failure of the last minutes from that address. */
const DELAY_STEP_MS = 250
const MAX_DELAY_MS = 4000
/** Milliseconds after which the failures of an address are forgotten. */
const FORGET_MS = 300_000
/** Failed sign-ins of one address that wait for their result; more are rejected without verification. */
const MAX_WAITING_PER_ADDRESS = 10
/** Addresses whose failures are remembered. */
const MAX_ADDRESSES = 10_000

export interface SignInRequest {
  readonly user: string
  readonly password: string
  /** The client's IP address. */
  readonly address: string
  /** Ends the delay of a failed sign-in, because its client has gone or its server closes. */
  readonly signal?: AbortSignal | undefined
}

export type SignInResult =
  | { readonly status: 'accepted'; readonly account: Account }
  | { readonly status: 'rejected' }
  /** Too many sign-ins are running; the client may try again later. */
  | { readonly status: 'busy' }

interface Failures {
  readonly count: number
  readonly waiting: number
  readonly at: number
}

export class SignInLimiter {
  readonly #accounts: Pick<Accounts, 'verify'>
  readonly #failures = new Map<string, Failures>()

  constructor(accounts: Pick<Accounts, 'verify'>) {
    this.#accounts = accounts
  }

  /** Resolves at once with an accepted sign-in, and after a delay with a rejected one. */
  async signIn({ user, password, address, signal }: SignInRequest): Promise<SignInResult> {
    if (this.#recall(address).waiting >= MAX_WAITING_PER_ADDRESS) return { status: 'busy' }
    try {
      const account = await this.#accounts.verify(user, password)
      if (account) return { status: 'accepted', account }
    } catch (error) {
      if (error instanceof StoreError && error.code === 'busy') return { status: 'busy' }
      throw error
    }
    await this.#delay(address, signal)
    return { status: 'rejected' }
  }

  async #delay(address: string, signal: AbortSignal | undefined): Promise<void> {
    const { count, waiting } = this.#recall(address)
    this.#remember(address, { count: count + 1, waiting: waiting + 1, at: performance.now() })
    const milliseconds = Math.min((count + 1) * DELAY_STEP_MS, MAX_DELAY_MS)
    await delay(milliseconds, undefined, { ref: false, signal }).catch(() => undefined)
    const now = this.#recall(address)
    this.#remember(address, { ...now, waiting: Math.max(now.waiting - 1, 0) })
  }

  #recall(address: string): Failures {
    const known = this.#failures.get(address)
    const isRecent = known !== undefined && (known.waiting > 0 || performance.now() - known.at < FORGET_MS)
    return isRecent ? known : { count: 0, waiting: 0, at: 0 }
  }

  #remember(address: string, failures: Failures): void {
    if (this.#failures.size >= MAX_ADDRESSES && !this.#failures.has(address)) this.#failures.clear()
    this.#failures.set(address, failures)
  }
}
