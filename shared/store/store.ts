/**
 * The store that all servers of a suite share: accounts and mail. It opens its database when it is first used, in memory, in
 * a SQLite file of the data folder, or on a PostgreSQL server.
 */
import { Lazy } from '../async/lazy.ts'
import { type Log, silentLog } from '../log.ts'
import type { Trace } from '../trace/trace.ts'
import type { AccountsSnapshot } from './accounts-snapshot.ts'
import { DEMONSTRATION_ACCOUNTS, type DemonstrationAccount } from './demonstration-accounts.ts'
import type { StoreLocation } from './location.ts'
import type { OpenStore } from './open-store.ts'
import type { ScryptCost } from './password.ts'
import { StoreError } from './store-error.ts'

export type { OpenStore, StoreLocation }

export interface StoreOptions {
  /** True adds the accounts `alice` and `bob`, which are not stored. Default: false. */
  readonly demonstration?: boolean | undefined
  /** Receives failures in the background. Default: they are not logged. */
  readonly log?: Log | undefined
  /** Gets the statements that clients cause. Default: they are not traced. */
  readonly trace?: Trace | undefined
  /** True copies the accounts when the store is opened, for `reset`. Default: false. */
  readonly resettable?: boolean | undefined
  /** The cost of a new password hash, for tests that store many accounts. Default: the minimum of OWASP. */
  readonly passwordCost?: ScryptCost | undefined
}

export class Store {
  readonly location: StoreLocation
  readonly #log: Log
  readonly #trace: Trace | undefined
  readonly #resettable: boolean
  readonly #passwordCost: ScryptCost | undefined
  #accounts: AccountsSnapshot | undefined
  #demonstration: readonly DemonstrationAccount[]
  readonly #opened = new Lazy(() => this.#open())
  #closing: Promise<void> | undefined

  constructor(
    location: StoreLocation,
    { demonstration = false, log = silentLog, trace, resettable = false, passwordCost }: StoreOptions = {},
  ) {
    this.location = location
    this.#log = log
    this.#trace = trace
    this.#resettable = resettable
    this.#passwordCost = passwordCost
    this.#demonstration = demonstration ? DEMONSTRATION_ACCOUNTS : []
  }

  /**
   * The accounts that exist only on loopback, with their passwords, for the banner and for `suite.env()`; without those that a
   * stored account of the same name replaced before the store was opened.
   */
  get demonstration(): readonly DemonstrationAccount[] {
    return this.#demonstration
  }

  /**
   * Opens the database on the first call, and brings it to the current version. Concurrent callers share one attempt. If it
   * fails, the next call tries again: a database server can have started meanwhile.
   *
   * @throws StoreError if it cannot be opened, a newer Fourwire has written it, or the store is closed
   */
  open(): Promise<OpenStore> {
    if (this.#closing) return Promise.reject(new StoreError('closed', 'the store is closed'))
    return this.#opened.get()
  }

  /**
   * Deletes all mail, sessions and notices, and restores the accounts that existed when the store was opened. A store that nothing has used stays as
   * it is.
   *
   * @throws UsageError if there were too many accounts to copy (10,000)
   */
  async reset(): Promise<void> {
    const store = await this.#opened.current
    await store?.mail.clear()
    await store?.notices.clear()
    await store?.sessions.clear()
    await this.#accounts?.restore()
  }

  /** Waits for messages that are being stored, then closes the database. Can be called more than once. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #open(): Promise<OpenStore> {
    // The database libraries are larger than everything else of the store.
    const { openStore } = await import('./open-store.ts')
    const store = await openStore(this.location, {
      demonstration: this.#demonstration,
      passwordCost: this.#passwordCost,
      log: this.#log,
      trace: this.#trace,
    })
    try {
      this.#demonstration = await store.untracedAccounts.demonstration()
      if (this.#resettable) this.#accounts = await store.untracedAccounts.snapshot()
      return store
    } catch (error) {
      await store.close()
      throw error
    }
  }

  async #close(): Promise<void> {
    const [opened] = await Promise.allSettled([this.#opened.current])
    if (opened.status === 'fulfilled') await opened.value?.close()
  }
}
