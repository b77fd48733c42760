/** Writes numbers, bytes and names, optionally compressed, in wire format. */
import { firstDot, labelToBytes, MAX_LABEL_BYTES, MAX_NAME_BYTES, nameLength, ROOT } from './name.ts'

/** Fits most responses; longer ones make the buffer grow. */
const INITIAL_BYTES = 256
/** The largest offset in a pointer: 14 bits (RFC 1035, section 4.1.4). */
const MAX_POINTER = 0x3fff
const POINTER = 0xc000
/**
 * Pointers that a reader must follow for one name. Readers limit them because of loops; the lowest known limit is 10.
 */
const MAX_POINTERS = 8

export class WireWriter {
  #bytes = Buffer.allocUnsafe(INITIAL_BYTES)
  #length = 0
  /** The offset of each name and of each suffix of a name. */
  readonly #suffixes = new Map<string, number>()

  get length(): number {
    return this.#length
  }

  /** All bytes written so far, not copied. */
  get written(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  u8(value: number): void {
    this.#length = this.#reserve(1).writeUInt8(value, this.#length)
  }

  u16(value: number): void {
    this.#length = this.#reserve(2).writeUInt16BE(value, this.#length)
  }

  u32(value: number): void {
    this.#length = this.#reserve(4).writeUInt32BE(value, this.#length)
  }

  bytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length).set(bytes, this.#length)
    this.#length += bytes.length
  }

  /** Overwrites two bytes at `offset`. */
  patchU16(offset: number, value: number): void {
    this.#bytes.writeUInt16BE(value, offset)
  }

  /**
   * Writes a name. With `compress`, replaces the longest suffix that was written before, in the same case, by a
   * pointer.
   *
   * @throws RangeError if a label is empty or too long, or the name is too long (RFC 1035, section 2.3.4)
   */
  name(name: string, compress: boolean): void {
    // Text is never shorter than the bytes it stands for, so short text needs no counting.
    if (name.length >= MAX_NAME_BYTES - 1 && nameLength(name) > MAX_NAME_BYTES) {
      throw new RangeError(`name longer than ${MAX_NAME_BYTES} bytes: ${name}`)
    }
    let rest = name
    let uncompressed = false
    while (rest !== ROOT && rest !== '') {
      const earlier = this.#suffixes.get(rest)
      if (earlier !== undefined && compress && !uncompressed) {
        if (this.#pointersFrom(earlier) < MAX_POINTERS) {
          this.u16(POINTER | earlier)
          return
        }
        // Written out, it is the new target of later pointers, without a chain of pointers behind it.
        uncompressed = true
      }
      if (this.#length <= MAX_POINTER && (uncompressed || earlier === undefined)) this.#suffixes.set(rest, this.#length)
      const dot = firstDot(rest)
      this.#label(dot < 0 ? rest : rest.slice(0, dot))
      rest = dot < 0 ? '' : rest.slice(dot + 1)
    }
    this.u8(0)
  }

  /** Discards all bytes after `length`. */
  truncate(length: number): void {
    this.#length = length
    for (const [name, offset] of this.#suffixes) if (offset >= length) this.#suffixes.delete(name)
  }

  /** Returns the number of pointers to follow to read the name at `offset`. */
  #pointersFrom(offset: number): number {
    let pointers = 0
    let at = offset
    for (let length = this.#bytes[at] ?? 0; length > 0; length = this.#bytes[at] ?? 0) {
      const points = length > MAX_LABEL_BYTES
      if (points) pointers++
      at = points ? this.#bytes.readUInt16BE(at) & MAX_POINTER : at + 1 + length
    }
    return pointers
  }

  #label(label: string): void {
    if (label.includes('\\')) {
      const bytes = labelToBytes(label)
      checkLabel(bytes.length, label)
      this.u8(bytes.length)
      this.bytes(bytes)
    } else {
      checkLabel(label.length, label)
      const bytes = this.#reserve(label.length + 1)
      bytes[this.#length++] = label.length
      // For short labels, faster than `Buffer.write`.
      for (let at = 0; at < label.length; at++) bytes[this.#length++] = label.charCodeAt(at)
    }
  }

  #reserve(more: number): Buffer {
    const needed = this.#length + more
    if (needed > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2))
      this.#bytes.copy(grown, 0, 0, this.#length)
      this.#bytes = grown
    }
    return this.#bytes
  }
}

function checkLabel(bytes: number, label: string): void {
  if (bytes === 0) throw new RangeError('name with an empty label')
  if (bytes > MAX_LABEL_BYTES)
    throw new RangeError(`label of ${bytes} bytes is too long (${MAX_LABEL_BYTES} at most): ${label}`)
}
