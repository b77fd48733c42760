/** Reads numbers, bytes and names off the wire, never past the end. Names may be compressed (RFC 1035, section 4.1.4). */
import { FormatError } from './message.ts'
import { escapeByte, MAX_LABEL_BYTES, MAX_NAME_BYTES, ROOT } from './name.ts'

/** The header's length: no name lies before it, so no pointer leads there. */
const HEADER_BYTES = 12
/** Labels and pointers that one name may take. 127 labels fill a name; a pointer for each of them is more than enough. */
const MAX_NAME_STEPS = 255

/** A name that starts at some offset. */
interface ReadName {
  readonly text: string
  /** Its length as if it were not compressed. */
  readonly length: number
  /** Where what follows it starts. */
  readonly end: number
}

export class WireReader {
  readonly bytes: Buffer
  offset = 0
  /** Every name and end of a name read so far by its offset, so that no chain of pointers is walked twice. */
  readonly #names = new Map<number, ReadName>()

  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get left(): number {
    return this.bytes.length - this.offset
  }

  u8(): number {
    this.#need(1)
    this.offset += 1
    return this.bytes.readUInt8(this.offset - 1)
  }

  u16(): number {
    this.#need(2)
    this.offset += 2
    return this.bytes.readUInt16BE(this.offset - 2)
  }

  u32(): number {
    this.#need(4)
    this.offset += 4
    return this.bytes.readUInt32BE(this.offset - 4)
  }

  /** The next bytes, not copied. */
  take(length: number): Buffer {
    this.#need(length)
    this.offset += length
    return this.bytes.subarray(this.offset - length, this.offset)
  }

  name(): string {
    return this.#wholeName() ?? this.#anyName()
  }

  /** Most names are whole, without a pointer, and read without much ado; undefined for all others. */
  #wholeName(): string | undefined {
    let text = ''
    let at = this.offset
    for (let length = this.bytes[at]; length !== 0; length = this.bytes[at]) {
      if (length === undefined || length > MAX_LABEL_BYTES) return undefined
      const next = at + 1 + length
      if (next >= this.bytes.length || next - this.offset >= MAX_NAME_BYTES) return undefined
      const label = readLabel(this.bytes, at + 1, next)
      text += text === '' ? label : `.${label}`
      at = next
    }
    this.offset = at + 1
    return text === '' ? ROOT : text
  }

  #anyName(): string {
    const { text, end } = this.#nameAt(this.offset, 0)
    this.offset = end
    return text
  }

  #nameAt(at: number, steps: number): ReadName {
    const known = this.#names.get(at)
    if (known) return known
    if (steps > MAX_NAME_STEPS) throw new FormatError('a name leads in a circle or is too long')
    const name = this.#readName(at, this.#byteAt(at), steps)
    if (name.length > MAX_NAME_BYTES) throw new FormatError('a name is too long')
    this.#names.set(at, name)
    return name
  }

  #readName(at: number, first: number, steps: number): ReadName {
    if (first === 0) return { text: ROOT, length: 1, end: at + 1 }
    if (first >= 0xc0) {
      const target = ((first & 0x3f) << 8) | this.#byteAt(at + 1)
      if (target >= at || target < HEADER_BYTES) throw new FormatError('a name points to where no earlier name can be')
      return { ...this.#nameAt(target, steps + 1), end: at + 2 }
    }
    if (first > MAX_LABEL_BYTES) throw new FormatError('a name has a label of an unknown kind')
    const next = at + 1 + first
    if (next > this.bytes.length) throw new FormatError('a name ends outside the message')
    const rest = this.#nameAt(next, steps + 1)
    const label = readLabel(this.bytes, at + 1, next)
    const text = rest.text === ROOT ? label : `${label}.${rest.text}`
    return { text, length: rest.length + 1 + first, end: rest.end }
  }

  #byteAt(at: number): number {
    const byte = this.bytes[at]
    if (byte === undefined) throw new FormatError('a name ends outside the message')
    return byte
  }

  #need(length: number): void {
    if (this.left < length) throw new FormatError('the message ends in the middle of a field')
  }
}

/** What a label can hold without any escape: most labels are this and nothing else. */
const PLAIN = /^[\w*-]+$/

function readLabel(bytes: Buffer, start: number, end: number): string {
  const text = bytes.toString('latin1', start, end)
  if (PLAIN.test(text)) return text
  let label = ''
  for (let at = start; at < end; at++) label += escapeByte(bytes.readUInt8(at))
  return label
}
