/** Codecs of names and character-strings. */
import { excerpt } from '../excerpt.ts'
import { FormatError } from '../message.ts'
import { absolute } from '../name.ts'
import { characterString } from './binary.ts'
import type { Codec } from './codec.ts'
import { packetCodec } from './dns-packet.ts'
import {
  bytesToText,
  checkLength,
  MAX_DATA_BYTES,
  MAX_STRING_BYTES,
  quote,
  textToBytes,
  unescapeString,
} from './text.ts'
import { ParseError, type TokenReader } from './tokens.ts'

function nameCodec(label: string, compress: boolean): Codec<string> {
  return {
    read: reader => reader.name(),
    write: (writer, name) => writer.name(name, compress),
    parse: tokens => tokens.name(label),
    print: absolute,
  }
}

/** A name in a type of RFC 1035: only there may names be compressed (RFC 3597, section 4). */
export const compressibleName = (label: string) => nameCodec(label, true)

export const name = (label: string) => nameCodec(label, false)

/** A character-string, as text. */
export function string(label: string): Codec<string> {
  return {
    read: (reader, end) => bytesToText(characterString.read(reader, end)),
    write: (writer, text) => characterString.write(writer, textToBytes(text)),
    parse: tokens => bytesToText(parseString(tokens, label)),
    print: text => quote(textToBytes(text)),
  }
}

function parseString(tokens: TokenReader, label: string): Buffer {
  const bytes = unescapeString(tokens.text(label))
  if (bytes.length > MAX_STRING_BYTES) {
    throw new ParseError(`a string has at most ${MAX_STRING_BYTES} bytes, not ${bytes.length}. Split it into several`)
  }
  return bytes
}

const TAG = /^[a-z\d]{1,255}$/i

/** The tag of a CAA record: letters and digits (RFC 8659, section 4.1). */
export const caaTag: Codec<string> = {
  ...string('tag'),
  parse(tokens) {
    const tag = tokens.text('tag')
    if (!TAG.test(tag)) throw new ParseError(`${excerpt(tag)} is not a CAA tag (letters and digits)`)
    return tag
  },
  print: tag => (TAG.test(tag) ? tag : quote(textToBytes(tag))),
}

/** The RDATA without two numbers, or without flags and the longest tag. */
const MAX_REST_BYTES = MAX_DATA_BYTES - 2 - MAX_STRING_BYTES

/** A string without a length byte that fills the rest of the RDATA. */
export function restString(label: string): Codec<string> {
  return {
    read: (reader, end) => bytesToText(reader.take(Math.max(0, end - reader.offset))),
    write: (writer, text) => writer.bytes(textToBytes(text)),
    parse(tokens) {
      const bytes = unescapeString(tokens.text(label))
      checkLength(bytes.length, MAX_REST_BYTES)
      return bytesToText(bytes)
    },
    print: text => quote(textToBytes(text)),
  }
}

const packetTxt = packetCodec<Uint8Array[]>('TXT')

/** One or more character-strings, as bytes. */
export const strings: Codec<readonly Uint8Array[]> = {
  read(reader, end) {
    const all = packetTxt.read(reader, end)
    if (all.length === 0) throw new FormatError('no string')
    return all
  },
  write(writer, all) {
    for (const { length } of all) {
      // dns-packet would write the length modulo 256.
      if (length > MAX_STRING_BYTES) {
        throw new RangeError(`character-string of ${length} bytes is too long (${MAX_STRING_BYTES} at most)`)
      }
    }
    // A copy, since dns-packet replaces the items of the array by Buffers.
    packetTxt.write(
      writer,
      all.map(one => Buffer.from(one)),
    )
  },
  parse(tokens) {
    const all = [parseString(tokens, 'text')]
    while (tokens.remaining > 0) all.push(parseString(tokens, 'text'))
    checkLength(all.reduce((sum, { length }) => sum + 1 + length, 0))
    return all
  },
  print: all => all.map(quote).join(' '),
}
