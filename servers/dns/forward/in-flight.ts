/** Combines equal queries: while one is in flight, others wait for its response (RFC 5452, section 5). Pure. */

export interface InFlightLimits {
  /** The number of queries to upstreams; each needs a socket. */
  readonly queries: number
  /** The number of waiting clients, over all queries; each retains its query. */
  readonly waiting: number
}

export const IN_FLIGHT_LIMITS: InFlightLimits = { queries: 256, waiting: 2048 }

export class InFlight<Result> {
  readonly #limits: InFlightLimits
  readonly #queries = new Map<string, Promise<Result>>()
  #waiting = 0

  constructor(limits = IN_FLIGHT_LIMITS) {
    this.#limits = limits
  }

  get queries(): number {
    return this.#queries.size
  }

  /** Waits for the query in flight, or starts it with `send`. Resolves to undefined if a limit is reached. */
  async join(key: string, send: () => Promise<Result>): Promise<Result | undefined> {
    if (this.#waiting >= this.#limits.waiting) return undefined
    const pending = this.#queries.get(key) ?? this.#start(key, send)
    if (!pending) return undefined
    this.#waiting++
    try {
      return await pending
    } finally {
      this.#waiting--
    }
  }

  #start(key: string, send: () => Promise<Result>): Promise<Result> | undefined {
    if (this.#queries.size >= this.#limits.queries) return undefined
    const pending = send().finally(() => this.#queries.delete(key))
    this.#queries.set(key, pending)
    return pending
  }
}
