/** Limits the rates of transfers: a token bucket for each session, and one for all sessions of an account. Pure. */

/** Delays the chunks of one transfer. */
export interface Throttle {
  /** The maximum size of a chunk: with larger ones the waits would be long, and the rate uneven. */
  readonly chunkBytes: number
  /** Takes the bytes of a chunk; returns the milliseconds to wait before it is read or written. */
  reserve(bytes: number): number
}

/** The throttle of one transfer. */
export interface TransferThrottle extends Throttle {
  release(): void
}

/** What a bucket holds when it is full, in seconds of its rate. */
const BURST_SECONDS = 0.25

export class TokenBucket implements Throttle {
  readonly chunkBytes: number
  readonly #bytesPerSecond: number
  readonly #capacity: number
  readonly #now: () => number
  /** Below zero if bytes are reserved in advance. */
  #tokens: number
  #updatedAt: number

  /** @param now returns the time in milliseconds; it never decreases */
  constructor(bytesPerSecond: number, now: () => number) {
    this.#bytesPerSecond = bytesPerSecond
    this.#capacity = bytesPerSecond * BURST_SECONDS
    this.chunkBytes = Math.max(1, Math.floor(this.#capacity))
    this.#tokens = this.#capacity
    this.#now = now
    this.#updatedAt = now()
  }

  reserve(bytes: number): number {
    this.#refill()
    this.#tokens -= bytes
    return this.#tokens >= 0 ? 0 : Math.ceil((-this.#tokens * 1000) / this.#bytesPerSecond)
  }

  /** True if a new bucket would be the same. */
  get isFull(): boolean {
    this.#refill()
    return this.#tokens >= this.#capacity
  }

  #refill(): void {
    const now = this.#now()
    const gained = ((now - this.#updatedAt) * this.#bytesPerSecond) / 1000
    this.#tokens = Math.min(this.#capacity, this.#tokens + gained)
    this.#updatedAt = now
  }
}

/** The rates in bytes per second; undefined for no limit. */
export interface Rates {
  readonly session: number | undefined
  readonly account: number | undefined
}

/** Number of buckets of accounts at which those without effect are removed. */
const MAX_UNUSED_BUCKETS = 256

/** The buckets of a server. */
export class RateLimits {
  readonly #rates: Rates
  readonly #now: () => number
  readonly #accounts = new Map<string, { readonly bucket: TokenBucket; transfers: number }>()

  constructor(rates: Rates, now: () => number) {
    this.#rates = rates
    this.#now = now
  }

  /** Returns the bucket of a new session; undefined if sessions have no limit. */
  openSession(): TokenBucket | undefined {
    return this.#rates.session === undefined ? undefined : new TokenBucket(this.#rates.session, this.#now)
  }

  /**
   * Starts a transfer. Returns undefined if there is no limit. Call `release` when the transfer has ended.
   *
   * @param session the result of `openSession`
   * @param account names the sessions that share a rate
   */
  startTransfer(session: TokenBucket | undefined, account: string): TransferThrottle | undefined {
    const shared = this.#rates.account === undefined ? undefined : this.#openAccount(account, this.#rates.account)
    if (!session && !shared) return undefined
    const buckets = [session, shared?.bucket].filter(bucket => bucket !== undefined)
    let isReleased = false
    return {
      chunkBytes: Math.min(...buckets.map(({ chunkBytes }) => chunkBytes)),
      reserve: bytes => Math.max(...buckets.map(bucket => bucket.reserve(bytes))),
      release: () => {
        if (shared && !isReleased) shared.transfers--
        isReleased = true
      },
    }
  }

  /** The number of buckets of accounts. */
  get accounts(): number {
    return this.#accounts.size
  }

  #openAccount(account: string, rate: number) {
    if (this.#accounts.size >= MAX_UNUSED_BUCKETS) this.#removeUnused()
    const found = this.#accounts.get(account) ?? { bucket: new TokenBucket(rate, this.#now), transfers: 0 }
    found.transfers++
    this.#accounts.set(account, found)
    return found
  }

  /** A bucket that is not full stays: a client could otherwise exceed the rate with many short transfers. */
  #removeUnused(): void {
    for (const [account, { bucket, transfers }] of this.#accounts) {
      if (transfers === 0 && bucket.isFull) this.#accounts.delete(account)
    }
  }
}
