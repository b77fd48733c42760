/** Reads the content of a message after DATA, within a bound. Pure. */
import { ReplyError, tooBig } from './replies.ts'

/**
 * Maximum number of bytes that are read and discarded beyond the bound, so that the client receives the 552 reply at the end of
 * its data, as RFC 5321 requires.
 */
export const MAX_DISCARDED_BYTES = 16 * 1024 * 1024

/** The message is longer than `MAX_DISCARDED_BYTES` beyond the bound: the connection ends after the reply. */
export class FloodError extends ReplyError {}

/**
 * Reads a whole message of at most `maxSize` bytes.
 *
 * @throws ReplyError if it is larger, after all of it was read
 * @throws FloodError if it is far larger, before its end was read
 */
export async function readContent(stream: AsyncIterable<Buffer>, maxSize: number): Promise<Buffer> {
  const content = new GrowingBuffer()
  let size = 0
  for await (const chunk of stream) {
    size += chunk.length
    if (size <= maxSize) content.add(chunk)
    else content.clear()
    if (size > maxSize + MAX_DISCARDED_BYTES) throw new FloodError(tooBig(maxSize))
  }
  if (size > maxSize) throw new ReplyError(tooBig(maxSize))
  return content.bytes
}

const FIRST_CAPACITY = 4096

/** A buffer that doubles its capacity. A list of small chunks would take far more memory. */
class GrowingBuffer {
  #buffer = Buffer.alloc(0)
  #size = 0

  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#size)
  }

  add(chunk: Uint8Array): void {
    const size = this.#size + chunk.length
    if (size > this.#buffer.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(size, 2 * this.#buffer.length, FIRST_CAPACITY))
      larger.set(this.bytes)
      this.#buffer = larger
    }
    this.#buffer.set(chunk, this.#size)
    this.#size = size
  }

  clear(): void {
    this.#buffer = Buffer.alloc(0)
    this.#size = 0
  }
}
