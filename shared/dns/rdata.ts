/**
 * The data of records of any type: on the wire and as text. What a type's data is made of is in `rdata/codecs.ts`; a type
 * that is not there is carried as bytes and written as RFC 3597 has it.
 */
import type { KnownType } from './data.ts'
import { excerpt } from './excerpt.ts'
import { FormatError } from './message.ts'
import { fromHex } from './rdata/binary.ts'
import type { Codec } from './rdata/codec.ts'
import { CODECS } from './rdata/codecs.ts'
import { parseNumber } from './rdata/numbers.ts'
import { MAX_DATA_BYTES } from './rdata/text.ts'
import { ParseError, type TokenReader } from './rdata/tokens.ts'
import { WireReader } from './wire-reader.ts'

/** The format of a type, or undefined where its data is carried as bytes. */
export function rdataCodec(type: string): Codec<unknown> | undefined {
  // Whoever asks by a record's type gives that record's data, which the union of records holds together.
  return Object.hasOwn(CODECS, type) ? (CODECS[type as KnownType] as Codec<unknown>) : undefined
}

/** Reads one record's data, and sees to it that it is exactly as long as was said. */
export function readRdata(type: string, reader: WireReader, length: number): unknown {
  const end = reader.offset + length
  const format = rdataCodec(type)
  if (!format || end > reader.bytes.length) return reader.take(length)
  let data: unknown
  try {
    data = format.read(reader, end)
  } catch (error) {
    const why = error instanceof FormatError ? `: ${error.message}` : ''
    throw new FormatError(`the data of a ${type} record is broken${why}`, undefined, error)
  }
  if (reader.offset !== end) throw new FormatError(`the data of a ${type} record does not have the length it says`)
  return data
}

/**
 * Reads the data of one record from the words of a master file.
 *
 * @throws ParseError or NameError saying which field is wrong
 */
export function parseRdata(type: string, tokens: TokenReader): unknown {
  const { peek } = tokens
  if (peek?.text === '\\#' && !peek.quoted) return parseUnknown(type, tokens)
  const format = rdataCodec(type)
  if (!format) {
    throw new ParseError(
      `the data of ${type} is written as \\# LENGTH HEX (RFC 3597): this type is not known by its own form`,
    )
  }
  const data = format.parse(tokens)
  if (tokens.left > 0) throw new ParseError(`there is more than ${type} takes: ${excerpt(tokens.text('rest'))}`)
  return data
}

/** RFC 3597, section 5: any type's data as its length and hexadecimal digits. */
function parseUnknown(type: string, tokens: TokenReader): unknown {
  tokens.take('\\#')
  const length = parseNumber(tokens, 'length', MAX_DATA_BYTES)
  const bytes = tokens.left > 0 ? fromHex(tokens.rest('data')) : Buffer.alloc(0)
  if (bytes.length !== length) throw new ParseError(`the data is said to have ${length} bytes and has ${bytes.length}`)
  const reader = new WireReader(Buffer.concat([Buffer.of(length >> 8, length & 0xff), bytes]))
  try {
    return readRdata(type, reader, reader.u16())
  } catch (error) {
    throw error instanceof FormatError ? new ParseError(error.message) : error
  }
}
