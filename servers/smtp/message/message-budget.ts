/** The memory of messages that are being received. Pure. */
import { MAX_BLOCK_BYTES } from './data-reader.ts'

/** The bytes of messages that are being received, over all connections, within a bound. */
export class MessageBudget {
  readonly #maxBytes: number
  #reserved = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Starts the account of one message. */
  open(): Reservation {
    let own = 0
    return {
      get size() {
        return own
      },
      reserve: bytes => {
        if (this.#reserved + bytes > this.#maxBytes) return false
        this.#reserved += bytes
        own += bytes
        return true
      },
      release: (bytes = own) => {
        this.#reserved -= bytes
        own -= bytes
      },
    }
  }
}

/** Bytes of our `Received` header. */
const MAX_HEADER_BYTES = 2048

/** Returns the bytes that a message of a size needs while it is stored: its content, and a copy with the header in front. */
export function memoryOf(size: number): number {
  return 2 * size + MAX_BLOCK_BYTES + MAX_HEADER_BYTES
}

/** The bytes that one message has reserved. */
export interface Reservation {
  readonly size: number
  /** Returns false if there is no room; nothing is reserved then. */
  reserve(bytes: number): boolean
  /** @param bytes default: all of them */
  release(bytes?: number): void
}
