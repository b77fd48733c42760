/** Reads the header section of a message, within bounds. Never throws: what cannot be decoded stays as it is. Pure. */
import libmime from 'libmime'
import type { HeaderField } from './parsed-message.ts'

/** Bytes of the header section that are read. */
const MAX_HEADER_BYTES = 256 * 1024
const MAX_FIELDS = 1000
/** Bytes of one field that are read. */
const MAX_FIELD_BYTES = 64 * 1024

const [LF, CR, SPACE, TAB] = [0x0a, 0x0d, 0x20, 0x09]

/** A field as it was sent, with its line endings. */
export interface RawField {
  /** In the case of the message. */
  readonly name: string
  readonly value: Buffer
}

/** Returns the fields in their order. A line without a colon is ignored. */
export function splitHeader(raw: Uint8Array): RawField[] {
  const bytes = Buffer.from(raw.buffer, raw.byteOffset, Math.min(raw.length, MAX_HEADER_BYTES))
  const fields: RawField[] = []
  let start = 0
  while (start < bytes.length && !isBlankLine(bytes, start) && fields.length < MAX_FIELDS) {
    const end = endOfField(bytes, start)
    const field = bytes.subarray(start, Math.min(end, start + MAX_FIELD_BYTES))
    const colon = field.indexOf(':')
    if (colon > 0) fields.push({ name: field.toString('latin1', 0, colon).trim(), value: field.subarray(colon + 1) })
    start = end
  }
  return fields
}

/** Returns a field unfolded and decoded. */
export function decodeField({ name, value }: RawField): HeaderField {
  return { name, value: decodeValue(value) }
}

/** Returns the end of the field that starts at a position, with its line ending. */
export function endOfField(header: Buffer, start: number): number {
  let position = start
  do {
    const newline = header.indexOf(LF, position)
    if (newline < 0) return header.length
    position = newline + 1
    // A field ends before the first line that does not begin with white space (RFC 5322, section 2.2.3).
  } while (header[position] === SPACE || header[position] === TAB)
  return position
}

/** True if the header section ends here. */
export function isBlankLine(header: Buffer, start: number): boolean {
  return header[start] === LF || (header[start] === CR && header[start + 1] === LF)
}

/** Returns a field value as text: unfolded, encoded words decoded, without control characters. */
export function decodeValue(bytes: Buffer): string {
  const unfolded = unfold(bytes)
  const decoded = unfolded.includes('=?') ? decodeWords(unfolded) : unfolded
  return decoded
    .replace(/\p{Cc}+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
}

/** Returns a value on one line. RFC 6532 allows UTF-8 in header fields; other bytes have no defined character set. */
export function unfold(bytes: Buffer): string {
  const text = bytes.toString('utf8')
  return (text.includes('\uFFFD') ? bytes.toString('latin1') : text).replace(/\r?\n(?=[ \t])/g, '')
}

/** RFC 2047. libmime throws for some unknown character sets. */
function decodeWords(text: string): string {
  try {
    return libmime.decodeWords(text)
  } catch {
    return text
  }
}
