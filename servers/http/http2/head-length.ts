/** The length of a header section. Pure. */
import { MAX_HEAD_BYTES } from '../limits.ts'

/** Bytes that each field counts beside its name and value (RFC 9113, section 6.5.2). */
const FIELD_BYTES = 32

/** True if a header section is longer than the client may send. A client can do so until it has confirmed the server's settings. */
export function isHeadTooLong(fields: Readonly<Record<string, string | readonly string[] | undefined>>): boolean {
  let length = 0
  for (const name in fields) {
    const value = fields[name] ?? ''
    const values = typeof value === 'string' ? [value] : value
    for (const item of values) length += name.length + item.length + FIELD_BYTES
  }
  return length > MAX_HEAD_BYTES
}
