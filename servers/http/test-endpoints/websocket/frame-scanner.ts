/** Finds frames of a WebSocket connection that are too long (RFC 6455, section 5.2). Reads only their headers. Pure. */

const MASK_BYTES = 4

export class FrameScanner {
  readonly #maxPayload: number
  #header: number[] = []
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
      this.#header.push(bytes[index] ?? 0)
      index += 1
      const length = payloadLength(this.#header)
      if (length === undefined) continue
      const isTooLong = length > this.#maxPayload
      // The connection closes, so that nothing after the frame matters.
      this.#rest = isTooLong
        ? Number.POSITIVE_INFINITY
        : length + (((this.#header[1] ?? 0) & 0x80) === 0 ? 0 : MASK_BYTES)
      this.#header = []
      if (isTooLong) return length
    }
    return undefined
  }
}

/** Returns the length of the payload; undefined if the header is incomplete. */
function payloadLength(header: readonly number[]): number | undefined {
  const short = (header[1] ?? 0) & 0x7f
  if (header.length < 2) return undefined
  if (short < 126) return short
  const size = short === 126 ? 2 : 8
  if (header.length < 2 + size) return undefined
  return header.slice(2).reduce((length, byte) => length * 256 + byte, 0)
}
