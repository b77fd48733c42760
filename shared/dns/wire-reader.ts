/** Reads numbers, bytes and compressed names (RFC 1035, section 4.1.4) from wire format, never past the end. */
import { FormatError } from './message.ts'
import { escapeByte, MAX_LABEL_BYTES, MAX_NAME_BYTES, ROOT } from './name.ts'

/** No name starts in the header, so no pointer is valid there. */
const HEADER_BYTES = 12
/** Labels and pointers in one name: 127 labels fill it, and no encoder needs more than one pointer per label. */
const MAX_NAME_STEPS = 255

/** A name, or the rest of one after some labels, at some offset. */
interface NameSuffix {
  readonly text: string
  /** Length in bytes, uncompressed. */
  readonly length: number
  /** Offset of the byte after it. */
  readonly end: number
}

export class WireReader {
  readonly bytes: Buffer
  offset = 0
  /**
   * Every suffix read so far, by offset: without it, a message could make the reader follow the same pointers many
   * times.
   */
  readonly #suffixes = new Map<number, NameSuffix>()

  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get remaining(): number {
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

  /** Returns the next bytes, not copied. */
  take(length: number): Buffer {
    this.#need(length)
    this.offset += length
    return this.bytes.subarray(this.offset - length, this.offset)
  }

  name(): string {
    return this.#uncompressedName() ?? this.#compressedName()
  }

  /** The fast path, without a pointer; undefined if the name is compressed or malformed. */
  #uncompressedName(): string | undefined {
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

  #compressedName(): string {
    const { text, end } = this.#suffixAt(this.offset, 0)
    this.offset = end
    return text
  }

  #suffixAt(at: number, steps: number): NameSuffix {
    const known = this.#suffixes.get(at)
    if (known) return known
    if (steps > MAX_NAME_STEPS) throw new FormatError('a name has too many labels or a pointer loop')
    const suffix = this.readSuffix(at, this.#byteAt(at), steps)
    if (suffix.length > MAX_NAME_BYTES) throw new FormatError('a name is too long')
    this.#suffixes.set(at, suffix)
    return suffix
  }

  /** Reads one label or pointer and the suffix after it. Protected, so that a test can count these steps. */
  protected readSuffix(at: number, first: number, steps: number): NameSuffix {
    if (first === 0) return { text: ROOT, length: 1, end: at + 1 }
    if (first >= 0xc0) {
      const target = ((first & 0x3f) << 8) | this.#byteAt(at + 1)
      if (target >= at || target < HEADER_BYTES) throw new FormatError('a compression pointer does not point back')
      return { ...this.#suffixAt(target, steps + 1), end: at + 2 }
    }
    if (first > MAX_LABEL_BYTES) throw new FormatError('a name has a label of unknown type')
    const next = at + 1 + first
    if (next > this.bytes.length) throw new FormatError('a name extends past the end of the message')
    const rest = this.#suffixAt(next, steps + 1)
    const label = readLabel(this.bytes, at + 1, next)
    const text = rest.text === ROOT ? label : `${label}.${rest.text}`
    return { text, length: rest.length + 1 + first, end: rest.end }
  }

  #byteAt(at: number): number {
    const byte = this.bytes[at]
    if (byte === undefined) throw new FormatError('a name extends past the end of the message')
    return byte
  }

  #need(length: number): void {
    if (this.remaining < length) throw new FormatError('the message ends inside a field')
  }
}

/** Most labels need no escape. */
const PLAIN = /^[\w*-]+$/

function readLabel(bytes: Buffer, start: number, end: number): string {
  const text = bytes.toString('latin1', start, end)
  if (PLAIN.test(text)) return text
  let label = ''
  for (let at = start; at < end; at++) label += escapeByte(bytes.readUInt8(at))
  return label
}
