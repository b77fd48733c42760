/** The header fields that lists show, read once when a message is accepted. Pure. */
import { decodeValue, endOfField, isBlankLine } from './parse/header-fields.ts'

export interface HeaderSummary {
  readonly subject: string
  readonly from: string
}

/** Bytes of the header that are read. */
const MAX_HEADER_BYTES = 64 * 1024
/** Bytes of one field that are decoded, and characters of its decoded value that are stored. */
const MAX_FIELD_BYTES = 4096
const MAX_VALUE_LENGTH = 500

const FIELD = /^(subject|from)[ \t]*:/i

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
      const value = decodeValue(header.subarray(start + name[0].length, Math.min(end, start + MAX_FIELD_BYTES)))
      summary[key] ||= value.slice(0, MAX_VALUE_LENGTH)
    }
    start = end
    if (isBlankLine(header, start)) break
  }
  return summary
}
