/** Finds frames of a WebSocket connection that are too long (RFC 6455, section 5.2). Reads only their headers. Pure. */

const MASK_BYTES = 4
/** Two bytes, and up to eight of the length. */
const MAX_HEADER_BYTES = 10

export class FrameScanner {
  readonly #maxPayload: number
  readonly #header = Buffer.alloc(MAX_HEADER_BYTES)
  #headerLength = 0
  /** Bytes of the current frame that follow its header. */
  #rest = 0

  constructor(maxPayload: number) {
    this.#maxPayload = maxPayload
  }

  /** Returns the length of the first frame of these bytes that is too long; undefined if there is none. */
  push(bytes: Uint8Array): number | undefined {
    for (let index = 0; index < bytes.length; ) {
      const skipped = Math.min(this.#rest, bytes.length - index)
      this.#rest -= skipped
      index += skipped
      if (index === bytes.length) break
      this.#header[this.#headerLength] = bytes[index] ?? 0
      this.#headerLength += 1
      index += 1
      const length = payloadLength(this.#header, this.#headerLength)
      if (length !== undefined && this.#startPayload(length)) return length
    }
    return undefined
  }

  /** Skips the payload. Returns true if it is too long: the connection then closes, so that nothing after it matters. */
  #startPayload(length: number): boolean {
    const isMasked = this.#header.readUInt8(1) >= 0x80
    const isTooLong = length > this.#maxPayload
    this.#headerLength = 0
    this.#rest = isTooLong ? Number.POSITIVE_INFINITY : length + (isMasked ? MASK_BYTES : 0)
    return isTooLong
  }
}

/** Returns the length of the payload; undefined if the first `length` bytes of the header do not have it. */
function payloadLength(header: Buffer, length: number): number | undefined {
  if (length < 2) return undefined
  const short = header.readUInt8(1) & 0x7f
  if (short < 126) return short
  const size = short === 126 ? 2 : 8
  if (length < 2 + size) return undefined
  return size === 2 ? header.readUInt16BE(2) : Number(header.readBigUInt64BE(2))
}
