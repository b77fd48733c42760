/** The header fields that lists show, read once when a message is accepted. Pure. */
import libmime from 'libmime'

export interface HeaderSummary {
  readonly subject: string
  readonly from: string
}

/** Bytes of the header that are read. */
const MAX_HEADER_BYTES = 64 * 1024
/** Bytes of one field that are decoded, and characters of its decoded value that are kept. */
const MAX_FIELD_BYTES = 4096
const MAX_VALUE_LENGTH = 500

const FIELD = /^(subject|from)[ \t]*:/i
const LF = 0x0a
const SPACE = 0x20
const TAB = 0x09

/** Reads Subject and From. Never throws: what cannot be decoded stays as it is. */
export function summarizeHeader(raw: Uint8Array): HeaderSummary {
  const header = Buffer.from(raw.buffer, raw.byteOffset, Math.min(raw.length, MAX_HEADER_BYTES))
  const summary = { subject: '', from: '' }
  let start = 0
  while (start < header.length) {
    const end = endOfField(header, start)
    const name = FIELD.exec(header.toString('latin1', start, Math.min(end, start + 16)))
    if (name?.[1]) {
      const key = name[1].toLowerCase() as keyof HeaderSummary
      summary[key] ||= decodeValue(header.subarray(start + name[0].length, Math.min(end, start + MAX_FIELD_BYTES)))
    }
    start = end
    if (isBlankLine(header, start)) break
  }
  return summary
}

/** A field ends before the first line that does not begin with white space (RFC 5322, section 2.2.3). */
function endOfField(header: Uint8Array, start: number): number {
  let position = start
  do {
    const newline = header.indexOf(LF, position)
    if (newline < 0) return header.length
    position = newline + 1
  } while (header[position] === SPACE || header[position] === TAB)
  return position
}

function isBlankLine(header: Buffer, start: number): boolean {
  return header[start] === LF || (header[start] === 0x0d && header[start + 1] === LF)
}

function decodeValue(bytes: Buffer): string {
  const unfolded = decodeBytes(bytes).replace(/\r?\n(?=[ \t])/g, '')
  const decoded = unfolded.includes('=?') ? decodeWords(unfolded) : unfolded
  return decoded
    .replace(/\p{Cc}+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, MAX_VALUE_LENGTH)
}

/** RFC 6532 allows UTF-8 in header fields; other bytes have no defined character set. */
function decodeBytes(bytes: Buffer): string {
  const text = bytes.toString('utf8')
  return text.includes('\uFFFD') ? bytes.toString('latin1') : text
}

/** RFC 2047. libmime throws for some unknown character sets. */
function decodeWords(text: string): string {
  try {
    return libmime.decodeWords(text)
  } catch {
    return text
  }
}
