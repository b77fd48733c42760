/** Messages on a stream, each after its two-byte length field (RFC 1035, section 4.2.2; RFC 7766, section 8). */
import { MAX_MESSAGE_BYTES } from './encode.ts'

const LENGTH_BYTES = 2

/**
 * Prefixes a message with its length.
 *
 * @throws RangeError if the message is longer than the length field can express
 */
export function frame(message: Uint8Array): Buffer {
  if (message.length > MAX_MESSAGE_BYTES) {
    throw new RangeError(`a message of ${message.length} bytes is too long (${MAX_MESSAGE_BYTES} at most)`)
  }
  const framed = Buffer.allocUnsafe(LENGTH_BYTES + message.length)
  framed.writeUInt16BE(message.length)
  framed.set(message, LENGTH_BYTES)
  return framed
}

/** Splits a stream, received in chunks of any size, into messages. Buffers at most one incomplete message: 64 KiB. */
export class FrameReader {
  #chunks: Uint8Array[] = []
  #size = 0

  /** Number of buffered bytes of an incomplete message, with its length field. */
  get pendingBytes(): number {
    return this.#size
  }

  /** Returns all messages that these bytes complete. */
  push(bytes: Uint8Array): Buffer[] {
    if (bytes.length === 0) return []
    this.#chunks.push(bytes)
    this.#size += bytes.length
    if (this.#size < this.#frameSize()) return []
    return this.#split(Buffer.concat(this.#chunks))
  }

  /** Returns the size of the current message with its length field; 2 until the length field is complete. */
  #frameSize(): number {
    const [first, second] = this.#chunks
    const high = first?.[0]
    const low = first && first.length > 1 ? first[1] : second?.[0]
    return high === undefined || low === undefined ? LENGTH_BYTES : LENGTH_BYTES + high * 256 + low
  }

  #split(all: Buffer): Buffer[] {
    const messages: Buffer[] = []
    let at = 0
    while (all.length - at >= LENGTH_BYTES) {
      const end = at + LENGTH_BYTES + all.readUInt16BE(at)
      if (end > all.length) break
      messages.push(all.subarray(at + LENGTH_BYTES, end))
      at = end
    }
    this.#chunks = at < all.length ? [all.subarray(at)] : []
    this.#size = all.length - at
    return messages
  }
}
