/**
 * The buffers into which large files are read while they are sent. Few large reads are fastest; so the first streams get
 * large buffers, which later streams use again, and further ones get small buffers. Pure.
 */

/** Two buffers: one is read into while the other is sent. */
export type BufferPair = readonly [Buffer, Buffer]

const LARGE_BYTES = 512 * 1024
const SMALL_BYTES = 64 * 1024
/** Pairs of large buffers. */
const MAX_LARGE_PAIRS = 16

export class StreamBuffers {
  readonly #free: BufferPair[] = []
  #largePairs = 0

  take(): BufferPair {
    const free = this.#free.pop()
    if (free) return free
    if (this.#largePairs === MAX_LARGE_PAIRS) return createPair(SMALL_BYTES)
    this.#largePairs += 1
    return createPair(LARGE_BYTES)
  }

  /** Returns a pair for further streams. */
  release(pair: BufferPair): void {
    if (isLarge(pair)) this.#free.push(pair)
  }

  /** Gives up a pair that may still be read from or written to. */
  discard(pair: BufferPair): void {
    if (isLarge(pair)) this.#largePairs -= 1
  }
}

function createPair(bytes: number): BufferPair {
  return [Buffer.allocUnsafeSlow(bytes), Buffer.allocUnsafeSlow(bytes)]
}

function isLarge([{ length }]: BufferPair): boolean {
  return length === LARGE_BYTES
}
