/**
 * RDATA of any type, in wire format and in presentation format. `rdata/codecs.ts` has the known types. The RDATA of any
 * other type is opaque bytes, in the generic format of RFC 3597.
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

/** Returns the codec of a type; undefined if its RDATA is opaque bytes. */
export function rdataCodec(type: string): Codec<unknown> | undefined {
  // Safe: callers pass the type and the data of the same record.
  return Object.hasOwn(CODECS, type) ? (CODECS[type as KnownType] as Codec<unknown>) : undefined
}

/**
 * Reads the RDATA of one record.
 *
 * @throws FormatError if it is malformed, or its length is not RDLENGTH
 */
export function readRdata(type: string, reader: WireReader, length: number): unknown {
  const end = reader.offset + length
  const codec = rdataCodec(type)
  if (!codec || end > reader.bytes.length) return reader.take(length)
  let data: unknown
  try {
    data = codec.read(reader, end)
  } catch (error) {
    const why = error instanceof FormatError ? `: ${error.message}` : ''
    throw new FormatError(`malformed ${type} record${why}`, undefined, error)
  }
  if (reader.offset !== end) throw new FormatError(`malformed ${type} record: its data does not end at RDLENGTH`)
  return data
}

/**
 * Parses the RDATA of one record from the tokens of a master file.
 *
 * @throws ParseError if a field is invalid or missing, or there are too many
 * @throws NameError if a name is invalid
 */
export function parseRdata(type: string, tokens: TokenReader): unknown {
  const { peek } = tokens
  if (peek?.text === '\\#' && !peek.quoted) return parseUnknown(type, tokens)
  const codec = rdataCodec(type)
  if (!codec) {
    throw new ParseError(
      `the data of type ${type} must be written as \\# LENGTH HEX (RFC 3597), since the type is unknown`,
    )
  }
  const data = codec.parse(tokens)
  if (tokens.remaining > 0) throw new ParseError(`too much data for type ${type}: ${excerpt(tokens.text('rest'))}`)
  return data
}

/** RFC 3597, section 5: the generic format, with length and hexadecimal digits. */
function parseUnknown(type: string, tokens: TokenReader): unknown {
  tokens.take('\\#')
  const length = parseNumber(tokens, 'length', MAX_DATA_BYTES)
  const bytes = tokens.remaining > 0 ? fromHex(tokens.rest('data')) : Buffer.alloc(0)
  if (bytes.length !== length) throw new ParseError(`the data has ${bytes.length} bytes, not ${length}`)
  const reader = new WireReader(Buffer.concat([Buffer.of(length >> 8, length & 0xff), bytes]))
  try {
    return readRdata(type, reader, reader.u16())
  } catch (error) {
    throw error instanceof FormatError ? new ParseError(error.message) : error
  }
}
