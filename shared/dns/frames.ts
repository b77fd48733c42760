/** Messages on a stream: each is preceded by its length in two bytes (RFC 1035, section 4.2.2; RFC 7766, section 8). */
import { MAX_MESSAGE_BYTES } from './encode.ts'

const LENGTH_BYTES = 2

/** One message with its length before it. */
export function frame(message: Uint8Array): Buffer {
  if (message.length > MAX_MESSAGE_BYTES) throw new RangeError(`${message.length} bytes do not fit into one message`)
  const framed = Buffer.allocUnsafe(LENGTH_BYTES + message.length)
  framed.writeUInt16BE(message.length)
  framed.set(message, LENGTH_BYTES)
  return framed
}

/** Takes a stream's bytes in any pieces and gives its messages. It keeps less than one message, so 64 KiB at most. */
export class FrameReader {
  #pieces: Uint8Array[] = []
  #size = 0

  /** How many bytes of a message that is not complete have come. */
  get pending(): number {
    return this.#size
  }

  /** Gives every message that these bytes complete. */
  push(bytes: Uint8Array): Buffer[] {
    if (bytes.length === 0) return []
    this.#pieces.push(bytes)
    this.#size += bytes.length
    const wanted = this.#wanted()
    if (this.#size < wanted) return []
    return this.#split(Buffer.concat(this.#pieces))
  }

  /** How many bytes the message under way takes with its length, as far as that is known. */
  #wanted(): number {
    const [first, second] = this.#pieces
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
    this.#pieces = at < all.length ? [all.subarray(at)] : []
    this.#size = all.length - at
    return messages
  }
}
