/**
 * Bounds the sign-ins that can fail for one account and from one address, against guessing of passwords. An attempt counts
 * when it starts, so that attempts in parallel do not exceed the bound; a successful one is taken back.
 */

/** Failed attempts within `WINDOW_MS`. An address can have several people behind it. */
const MAX_PER_ACCOUNT = 10
const MAX_PER_ADDRESS = 30
const WINDOW_MS = 300_000
/** Accounts and addresses that are remembered; the oldest is forgotten first. */
const MAX_KEYS = 10_000

export interface Attempt {
  readonly user: string
  /** The client's IP address. */
  readonly address: string
}

export type AttemptResult =
  /** Call `takeBack` if the password was right, or could not be verified. */
  { readonly status: 'allowed'; takeBack(): void } | { readonly status: 'refused'; readonly retryAfterMs: number }

export class AttemptLimiter {
  readonly #now: () => number
  /** The times of the attempts by key, oldest first. */
  readonly #attempts = new Map<string, readonly number[]>()

  /** @param now the clock, in milliseconds */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  start({ user, address }: Attempt): AttemptResult {
    const now = this.#now()
    const bounds = [
      [`account ${user.toLowerCase()}`, MAX_PER_ACCOUNT],
      [`address ${address}`, MAX_PER_ADDRESS],
    ] as const
    const retryAfterMs = Math.max(...bounds.map(([key, max]) => this.#wait(key, max, now)))
    if (retryAfterMs > 0) return { status: 'refused', retryAfterMs }
    for (const [key] of bounds) this.#remember(key, [...this.#recent(key, now), now])
    const takeBack = () => {
      for (const [key] of bounds) this.#takeBack(key, now)
    }
    return { status: 'allowed', takeBack }
  }

  /** Forgets all attempts. */
  clear(): void {
    this.#attempts.clear()
  }

  /** Returns the milliseconds until another attempt is allowed. */
  #wait(key: string, max: number, now: number): number {
    const recent = this.#recent(key, now)
    const blocking = recent[recent.length - max]
    return blocking === undefined ? 0 : blocking + WINDOW_MS - now
  }

  #recent(key: string, now: number): readonly number[] {
    return (this.#attempts.get(key) ?? []).filter(time => time + WINDOW_MS > now)
  }

  #remember(key: string, times: readonly number[]): void {
    this.#attempts.delete(key)
    const [oldest] = this.#attempts.keys()
    if (this.#attempts.size >= MAX_KEYS && oldest !== undefined) this.#attempts.delete(oldest)
    this.#attempts.set(key, times)
  }

  #takeBack(key: string, time: number): void {
    const times = [...(this.#attempts.get(key) ?? [])]
    const index = times.indexOf(time)
    if (index >= 0) times.splice(index, 1)
    if (times.length === 0) this.#attempts.delete(key)
    else this.#attempts.set(key, times)
  }
}
