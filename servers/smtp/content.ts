/** A message's content as it comes in after DATA: kept up to the bound, read on and thrown away beyond it. Pure. */
import { Refusal, tooBig } from './replies.ts'

/**
 * How much of a message is read after the limit, so that an honest client gets its 552 where RFC 5321 puts it: after
 * the end of the data. More than that is a flood.
 */
export const MAX_DISCARDED_BYTES = 16 * 1024 * 1024

/** The client did not stop: the refusal is for it, and then the connection has to go. */
export class Flood extends Refusal {}

/**
 * Reads a whole message.
 *
 * @throws Refusal when it is larger than `maxSize`, having read it to its end
 * @throws Flood when that end does not come
 */
export async function readContent(stream: AsyncIterable<Buffer>, maxSize: number): Promise<Buffer> {
  const kept = new GrowingBuffer()
  let size = 0
  for await (const chunk of stream) {
    size += chunk.length
    if (size <= maxSize) kept.add(chunk)
    else kept.clear()
    if (size > maxSize + MAX_DISCARDED_BYTES) throw new Flood(tooBig(maxSize))
  }
  if (size > maxSize) throw new Refusal(tooBig(maxSize))
  return kept.bytes
}

const FIRST_CAPACITY = 4096

/** One buffer that doubles: the pieces can be a few bytes each, and as objects of their own would weigh far more. */
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
