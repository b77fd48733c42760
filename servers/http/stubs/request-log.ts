/** The recorded requests, the newest ones up to a number and a size. Pure. */
import { MAX_RECORDED_BYTES, MAX_RECORDED_REQUESTS } from './limits.ts'
import type { RequestRecord } from './received-request.ts'

/** Bytes that a record takes in addition to its body and its transcript. */
const RECORD_BYTES = 1024

export class RequestLog<Entry extends RequestRecord> {
  readonly #maxBytes: number
  readonly #maxRequests: number
  #entries: Entry[] = []
  /** The bytes of each entry when it was added. */
  #sizes: number[] = []
  #bytes = 0

  constructor(maxRequests = MAX_RECORDED_REQUESTS, maxBytes = MAX_RECORDED_BYTES) {
    this.#maxRequests = maxRequests
    this.#maxBytes = maxBytes
  }

  /** Oldest first. */
  get entries(): readonly Entry[] {
    return this.#entries
  }

  add(entry: Entry): void {
    const size = sizeOf(entry)
    this.#entries.push(entry)
    this.#sizes.push(size)
    this.#bytes += size
    // The newest one stays, whatever its size.
    while (this.#entries.length > 1 && (this.#entries.length > this.#maxRequests || this.#bytes > this.#maxBytes)) {
      this.#entries.shift()
      for (const oldest of this.#sizes.splice(0, 1)) this.#bytes -= oldest
    }
  }

  clear(): void {
    this.#entries = []
    this.#sizes = []
    this.#bytes = 0
  }
}

function sizeOf({ body, multipart, exchange }: RequestRecord): number {
  // The content of a multipart form is copied. A response is about as long as its request.
  return RECORD_BYTES + body.length * (multipart ? 2 : 1) + exchange.text.length * 2
}
