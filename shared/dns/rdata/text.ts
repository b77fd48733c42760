/**
 * Character-strings (RFC 1035, section 3.3) as text. Their bytes are UTF-8 nearly always; where they are not, a byte from
 * 0x80 on becomes the lone surrogate U+DC00 + byte, which no UTF-8 can hold, so that the same bytes can be made of it.
 */
import { isUtf8 } from 'node:buffer'
import { ParseError } from './tokens.ts'

/** A character-string's length is one byte (RFC 1035, section 3.3). */
export const MAX_STRING_BYTES = 255
/** RDLENGTH has two bytes. */
export const MAX_DATA_BYTES = 0xffff

const RAW = 0xdc00
const HAS_RAW = /[\udc80-\udcff]/

/** Bytes as text, none of them lost. */
export function bytesToText(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (isUtf8(buffer)) return buffer.toString('utf8')
  return Array.from(buffer, byte => String.fromCharCode(byte < 0x80 ? byte : RAW + byte)).join('')
}

/** The bytes of what `bytesToText` made, or of any other text as UTF-8. */
export function textToBytes(text: string): Buffer {
  if (!HAS_RAW.test(text)) return Buffer.from(text, 'utf8')
  const pieces = Array.from(text, character => {
    const code = character.charCodeAt(0)
    const raw = character.length === 1 && HAS_RAW.test(character)
    return raw ? Buffer.of(code - RAW) : Buffer.from(character, 'utf8')
  })
  return Buffer.concat(pieces)
}

const ESCAPE = /\\(\d{1,3})|\\(.)|[^\\]+/gsu

/** The bytes of a written character-string: `\DDD` is a byte, any other escaped character itself, all else is UTF-8. */
export function unescapeString(text: string): Buffer {
  if (!text.includes('\\')) return Buffer.from(text, 'utf8')
  const pieces = Array.from(text.matchAll(ESCAPE), ([whole, decimal, escaped = whole]) => {
    if (decimal === undefined) return Buffer.from(escaped, 'utf8')
    // RFC 1035, section 5.1: an escaped digit is the first of three.
    if (decimal.length < 3)
      throw new ParseError(`\\${decimal} is not a byte, which is written with three digits (\\000 to \\255)`)
    if (Number(decimal) > 0xff) throw new ParseError(`\\${decimal} is not a byte (\\000 to \\255)`)
    return Buffer.of(Number(decimal))
  })
  return Buffer.concat(pieces)
}

const QUOTE = 0x22
const BACKSLASH = 0x5c

/** A character-string in quotes; bytes that are not printable ASCII as `\DDD`. */
export function quote(bytes: Uint8Array): string {
  return `"${Array.from(bytes, quoteByte).join('')}"`
}

function quoteByte(byte: number): string {
  if (byte === QUOTE || byte === BACKSLASH) return `\\${String.fromCharCode(byte)}`
  if (byte >= 0x20 && byte < 0x7f) return String.fromCharCode(byte)
  return `\\${String(byte).padStart(3, '0')}`
}

/** @throws ParseError for data that is longer than a record can hold */
export function checkLength(bytes: number, max = MAX_DATA_BYTES): void {
  if (bytes > max) throw new ParseError(`the data takes ${bytes} bytes, and a record holds at most ${max}`)
}
