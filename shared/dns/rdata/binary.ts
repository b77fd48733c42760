/** Codecs of binary fields: hexadecimal, base64, base32hex and type bitmaps. */
import { type TypeName, types } from '../codes.ts'
import { excerpt } from '../excerpt.ts'
import { FormatError } from '../message.ts'
import type { WireReader } from '../wire-reader.ts'
import type { WireWriter } from '../wire-writer.ts'
import type { Codec } from './codec.ts'
import { parseType, typeCode } from './numbers.ts'
import { checkLength, MAX_STRING_BYTES } from './text.ts'
import { ParseError } from './tokens.ts'

/** The bytes up to the end of the RDATA. */
const rest = {
  read: (reader: WireReader, end: number): Uint8Array => reader.take(Math.max(0, end - reader.offset)),
  write: (writer: WireWriter, bytes: Uint8Array) => writer.bytes(bytes),
}

/** The rest of the RDATA, in hexadecimal. */
export function hex(label: string): Codec<Uint8Array> {
  return {
    ...rest,
    parse: tokens => fromHex(tokens.rest(label)),
    print: bytes => Buffer.from(bytes).toString('hex').toUpperCase(),
  }
}

export function fromHex(text: string): Buffer {
  if (!/^(?:[\da-f]{2})*$/i.test(text)) throw new ParseError(`${excerpt(text)} is not hexadecimal`)
  checkLength(text.length / 2)
  return Buffer.from(text, 'hex')
}

const BASE64 = /^(?:[a-z\d+/]{4})*(?:[a-z\d+/]{2}(?:==)|[a-z\d+/]{3}=)?$/i

/** The rest of the RDATA, in base64 (RFC 4648, section 4). */
export function base64(label: string): Codec<Uint8Array> {
  return {
    ...rest,
    parse: tokens => fromBase64(tokens.rest(label)),
    print: bytes => Buffer.from(bytes).toString('base64'),
  }
}

export function fromBase64(text: string): Buffer {
  if (!BASE64.test(text)) throw new ParseError(`${excerpt(text)} is not base64`)
  const bytes = Buffer.from(text, 'base64')
  checkLength(bytes.length)
  return bytes
}

/** A character-string: a length byte, then that many bytes (RFC 1035, section 3.3). */
export const characterString = {
  read(reader: WireReader, end: number): Uint8Array {
    const length = reader.u8()
    if (reader.offset + length > end) throw new FormatError('a character-string extends past the end of the data')
    return reader.take(length)
  },
  write(writer: WireWriter, bytes: Uint8Array) {
    if (bytes.length > MAX_STRING_BYTES) {
      throw new RangeError(`character-string of ${bytes.length} bytes is too long (${MAX_STRING_BYTES} at most)`)
    }
    writer.u8(bytes.length)
    writer.bytes(bytes)
  },
}

/** Hexadecimal digits in one token; `-` if empty (RFC 5155, section 3.3). */
export const salt: Codec<Uint8Array> = {
  ...characterString,
  parse(tokens) {
    const text = tokens.text('salt')
    return text === '-' ? Buffer.alloc(0) : checkStringLength(fromHex(text))
  },
  print: bytes => (bytes.length === 0 ? '-' : Buffer.from(bytes).toString('hex').toUpperCase()),
}

/** A hashed name in base32hex without padding (RFC 5155, section 3.3). */
export const hash: Codec<Uint8Array> = {
  ...characterString,
  parse: tokens => checkStringLength(fromBase32(tokens.text('hash'))),
  print: toBase32,
}

function checkStringLength(bytes: Buffer): Buffer {
  checkLength(bytes.length, MAX_STRING_BYTES)
  return bytes
}

/** RFC 4648, section 7. */
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUV'

function fromBase32(text: string): Buffer {
  if (!/^[\da-v]+$/i.test(text)) throw new ParseError(`${excerpt(text)} is not base32hex`)
  const bytes = Buffer.alloc(Math.floor((text.length * 5) / 8))
  for (const [index, digit] of [...text.toUpperCase()].entries()) {
    const value = DIGITS.indexOf(digit)
    for (let bit = 0; bit < 5; bit++) {
      const at = index * 5 + bit
      const byte = bytes[at >> 3]
      if (byte !== undefined && value & (0x10 >> bit)) bytes[at >> 3] = byte | (0x80 >> (at & 7))
    }
  }
  return bytes
}

function toBase32(bytes: Uint8Array): string {
  const bits = Array.from(bytes, byte => byte.toString(2).padStart(8, '0')).join('')
  return bits.replace(/.{1,5}/g, five => DIGITS[Number.parseInt(five.padEnd(5, '0'), 2)] ?? '')
}

/** A window's bitmap has at most 32 bytes (RFC 4034, section 4.1.2). */
const MAX_WINDOW_BYTES = 32

/** Type bitmaps (RFC 4034, section 4.1.2), as types in the order of their numbers. */
export const typeBitmap: Codec<readonly TypeName[]> = {
  read: readTypes,
  write: writeTypes,
  parse(tokens) {
    const found = new Set<number>()
    while (tokens.remaining > 0) found.add(typeCode(parseType(tokens.text('type'))))
    return [...found].sort((one, other) => one - other).map(code => types.name(code))
  },
  print: all => all.join(' '),
}

function readTypes(reader: WireReader, end: number): TypeName[] {
  const found: TypeName[] = []
  let last = -1
  while (reader.offset < end) {
    const [window, length] = [reader.u8(), reader.u8()]
    if (window <= last || length === 0 || length > MAX_WINDOW_BYTES || reader.offset + length > end) {
      throw new FormatError('malformed type bitmap')
    }
    last = window
    for (const [index, byte] of reader.take(length).entries()) {
      for (let bit = 0; bit < 8; bit++) {
        if (byte & (0x80 >> bit)) found.push(types.name(window * 256 + index * 8 + bit))
      }
    }
  }
  return found
}

function writeTypes(writer: WireWriter, all: readonly TypeName[]): void {
  const windows = new Map<number, Buffer>()
  for (const code of all.map(typeCode).sort((one, other) => one - other)) {
    const bits = windows.get(code >> 8) ?? Buffer.alloc(MAX_WINDOW_BYTES)
    const at = (code & 0xff) >> 3
    bits.writeUInt8(bits.readUInt8(at) | (0x80 >> (code & 7)), at)
    windows.set(code >> 8, bits)
  }
  for (const [window, bits] of windows) {
    const length = bits.findLastIndex(byte => byte !== 0) + 1
    writer.u8(window)
    writer.u8(length)
    writer.bytes(bits.subarray(0, length))
  }
}
