/** Writes numbers, bytes and names as they go on the wire; names compressed where that is asked for. */
import { firstDot, labelToBytes, MAX_LABEL_BYTES, MAX_NAME_BYTES, nameLength, ROOT } from './name.ts'

/** What most answers fit into; longer ones make the buffer grow. */
const FIRST_BYTES = 256
/** The offsets that a pointer can hold (RFC 1035, section 4.1.4: 14 bits). */
const MAX_POINTER = 0x3fff
const POINTER = 0xc000
/** How many pointers a name may lead over: readers have bounds to be safe from circles, and the lowest of them is 10. */
const MAX_POINTERS = 8

export class WireWriter {
  #bytes = Buffer.allocUnsafe(FIRST_BYTES)
  #length = 0
  /** Where each name, and each end of one, was written. */
  readonly #names = new Map<string, number>()

  get length(): number {
    return this.#length
  }

  /** What has been written, not copied. */
  get written(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  u8(value: number): void {
    this.#length = this.#room(1).writeUInt8(value, this.#length)
  }

  u16(value: number): void {
    this.#length = this.#room(2).writeUInt16BE(value, this.#length)
  }

  u32(value: number): void {
    this.#length = this.#room(4).writeUInt32BE(value, this.#length)
  }

  bytes(bytes: Uint8Array): void {
    this.#room(bytes.length).set(bytes, this.#length)
    this.#length += bytes.length
  }

  /** Writes over what stands at `offset` already. */
  patchU16(offset: number, value: number): void {
    this.#bytes.writeUInt16BE(value, offset)
  }

  /**
   * Writes a name; with `compress`, as a pointer to where it, or its end, stands already. The case must be the same.
   *
   * @throws RangeError for a label or a name that is empty or too long (RFC 1035, section 2.3.4)
   */
  name(name: string, compress: boolean): void {
    // An escaped byte takes up to four characters, so that only then it has to be counted.
    if (name.length >= MAX_NAME_BYTES - 1 && nameLength(name) > MAX_NAME_BYTES) {
      throw new RangeError(`a name of more than ${MAX_NAME_BYTES} bytes: ${name}`)
    }
    let rest = name
    let whole = false
    while (rest !== ROOT && rest !== '') {
      const earlier = this.#names.get(rest)
      if (earlier !== undefined && compress && !whole) {
        if (this.#pointersFrom(earlier) < MAX_POINTERS) {
          this.u16(POINTER | earlier)
          return
        }
        // The names after this one then lead here, over no other pointer.
        whole = true
      }
      if (this.#length <= MAX_POINTER && (whole || earlier === undefined)) this.#names.set(rest, this.#length)
      const dot = firstDot(rest)
      this.#label(dot < 0 ? rest : rest.slice(0, dot))
      rest = dot < 0 ? '' : rest.slice(dot + 1)
    }
    this.u8(0)
  }

  /** Takes back all that was written after `length`. */
  cutTo(length: number): void {
    this.#length = length
    for (const [name, offset] of this.#names) if (offset >= length) this.#names.delete(name)
  }

  /** How many pointers a name that was written leads over. */
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
      const bytes = this.#room(label.length + 1)
      bytes[this.#length++] = label.length
      // Labels are short: to have them written by the runtime takes longer than this.
      for (let at = 0; at < label.length; at++) bytes[this.#length++] = label.charCodeAt(at)
    }
  }

  #room(more: number): Buffer {
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
  if (bytes === 0) throw new RangeError('a name with an empty label')
  if (bytes > MAX_LABEL_BYTES) throw new RangeError(`a label of ${bytes} bytes (${MAX_LABEL_BYTES} at most): ${label}`)
}
