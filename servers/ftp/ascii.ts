/**
 * ASCII type (RFC 959, section 3.1.1.1): lines end with CRLF on the wire, and with LF on disk. Anything but the ends of
 * lines passes as it is, so text in UTF-8 stays that. Pure.
 */

export type Convert = (bytes: Uint8Array) => Uint8Array

const LF = 0x0a
const CR = 0x0d

/** Disk to wire: a CR before every LF that has none. */
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

/** Wire to disk: CRLF becomes LF. A CR on its own stays; one at the very end comes out with `end`. */
export function fromWire(): { convert: Convert; end(): Uint8Array } {
  let held = false
  return {
    convert: bytes => {
      const out = Buffer.allocUnsafe(bytes.length + 1)
      let length = 0
      for (const byte of bytes) {
        if (held && byte !== LF) out[length++] = CR
        held = byte === CR
        if (!held) out[length++] = byte
      }
      return out.subarray(0, length)
    },
    end: () => Buffer.from(held ? [CR] : []),
  }
}
