/** The bytes of messages that are being received, over all connections, within a bound. Pure. */
export class MessageBudget {
  readonly #maxBytes: number
  #reserved = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  get reserved(): number {
    return this.#reserved
  }

  /** Starts the account of one message. */
  open(): Reservation {
    let own = 0
    return {
      reserve: bytes => {
        if (this.#reserved + bytes > this.#maxBytes) return false
        this.#reserved += bytes
        own += bytes
        return true
      },
      release: () => {
        this.#reserved -= own
        own = 0
      },
    }
  }
}

/** What one message has reserved. */
export interface Reservation {
  /** Returns false if there is no room; nothing is reserved then. */
  reserve(bytes: number): boolean
  /** Gives everything back. */
  release(): void
}
