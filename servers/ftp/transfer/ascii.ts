/**
 * ASCII type (RFC 959, section 3.1.1.1): lines end with CRLF on the wire and with LF on disk. Other bytes stay the same, so
 * UTF-8 text is preserved. Pure.
 */

export type Convert = (bytes: Uint8Array) => Uint8Array

const LF = 0x0a
const CR = 0x0d

/** Adds a CR before every LF that has none. */
export function toWire(): Convert {
  let last = 0
  return bytes => {
    const out = Buffer.allocUnsafe(bytes.length * 2)
    let length = 0
    for (const byte of bytes) {
      if (byte === LF && last !== CR) out[length++] = CR
      out[length++] = byte
      last = byte
    }
    return out.subarray(0, length)
  }
}

/** Converts CRLF to LF and keeps a lone CR. `end` returns a CR that was the last byte. */
export function fromWire(): { convert: Convert; end(): Uint8Array } {
  let pendingCr = false
  return {
    convert: bytes => {
      const out = Buffer.allocUnsafe(bytes.length + 1)
      let length = 0
      for (const byte of bytes) {
        if (pendingCr && byte !== LF) out[length++] = CR
        pendingCr = byte === CR
        if (!pendingCr) out[length++] = byte
      }
      return out.subarray(0, length)
    },
    end: () => Buffer.from(pendingCr ? [CR] : []),
  }
}
