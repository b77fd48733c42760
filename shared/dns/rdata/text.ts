/**
 * Converts character-strings (RFC 1035, section 3.3) to text without losing bytes. If the bytes are not UTF-8, each
 * byte from 0x80 becomes the lone surrogate U+DC00 + byte, which UTF-8 cannot encode, so the conversion is reversible.
 */
import { isUtf8 } from 'node:buffer'
import { ParseError } from './tokens.ts'

/** The length is one byte (RFC 1035, section 3.3). */
export const MAX_STRING_BYTES = 255
/** RDLENGTH has two bytes. */
export const MAX_DATA_BYTES = 0xffff

const SURROGATE_BASE = 0xdc00
const SURROGATE = /[\udc80-\udcff]/

/** Converts bytes to text without loss. */
export function bytesToText(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (isUtf8(buffer)) return buffer.toString('utf8')
  return Array.from(buffer, byte => String.fromCharCode(byte < 0x80 ? byte : SURROGATE_BASE + byte)).join('')
}

/** Returns the bytes that `bytesToText` converted; for any other text, its UTF-8. */
export function textToBytes(text: string): Buffer {
  if (!SURROGATE.test(text)) return Buffer.from(text, 'utf8')
  const pieces = Array.from(text, character => {
    const code = character.charCodeAt(0)
    const isByte = character.length === 1 && SURROGATE.test(character)
    return isByte ? Buffer.of(code - SURROGATE_BASE) : Buffer.from(character, 'utf8')
  })
  return Buffer.concat(pieces)
}

const ESCAPE = /\\(\d{1,3})|\\(.)|[^\\]+/gsu

/** Returns the bytes of a string in presentation format: resolves `\DDD` and `\X`, encodes the rest as UTF-8. */
export function unescapeString(text: string): Buffer {
  if (!text.includes('\\')) return Buffer.from(text, 'utf8')
  const pieces = Array.from(text.matchAll(ESCAPE), ([whole, decimal, escaped = whole]) => {
    if (decimal === undefined) return Buffer.from(escaped, 'utf8')
    // RFC 1035, section 5.1: an escaped digit starts a group of three.
    if (decimal.length < 3) throw new ParseError(`\\${decimal} is not a byte: use three digits, \\000 to \\255`)
    if (Number(decimal) > 0xff) throw new ParseError(`\\${decimal} is not a byte: use \\000 to \\255`)
    return Buffer.of(Number(decimal))
  })
  return Buffer.concat(pieces)
}

const QUOTE = 0x22
const BACKSLASH = 0x5c

/** Returns the string in quotes, with `\DDD` for bytes that are not printable ASCII. */
export function quote(bytes: Uint8Array): string {
  return `"${Array.from(bytes, quoteByte).join('')}"`
}

function quoteByte(byte: number): string {
  if (byte === QUOTE || byte === BACKSLASH) return `\\${String.fromCharCode(byte)}`
  if (byte >= 0x20 && byte < 0x7f) return String.fromCharCode(byte)
  return `\\${String(byte).padStart(3, '0')}`
}

/** @throws ParseError if the data is longer than `max` */
export function checkLength(bytes: number, max = MAX_DATA_BYTES): void {
  if (bytes > max) throw new ParseError(`the data has ${bytes} bytes; the maximum is ${max}`)
}
