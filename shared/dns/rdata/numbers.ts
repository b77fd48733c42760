/** Codecs of numbers: integers, durations, timestamps and mnemonics. */
import { parseTypeName, type TypeName, types } from '../codes.ts'
import { excerpt } from '../excerpt.ts'
import type { WireReader } from '../wire-reader.ts'
import type { WireWriter } from '../wire-writer.ts'
import type { Codec } from './codec.ts'
import { ParseError, type TokenReader } from './tokens.ts'

type NumberCodec = (label: string) => Codec<number>

const SIZES = { u8: 0xff, u16: 0xffff, u32: 0xffffffff } as const

function number(size: keyof typeof SIZES): NumberCodec {
  return label => ({ ...wireNumber(size), parse: tokens => parseNumber(tokens, label, SIZES[size]), print: String })
}

function wireNumber(size: keyof typeof SIZES) {
  return {
    read: (reader: WireReader) => reader[size](),
    write: (writer: WireWriter, value: number) => writer[size](value),
  }
}

export function parseNumber(tokens: TokenReader, label: string, max: number): number {
  const text = tokens.text(label)
  if (!/^\d{1,10}$/.test(text) || Number(text) > max) {
    throw new ParseError(`the ${label} must be a number from 0 to ${max}, not ${excerpt(text)}`)
  }
  return Number(text)
}

export const u8 = number('u8')
export const u16 = number('u16')
export const u32 = number('u32')

/** Seconds, with or without units: `3600`, `1h`. */
export const seconds: NumberCodec = label => ({
  ...u32(label),
  parse(tokens) {
    const text = tokens.text(label)
    const duration = parseDuration(text, SIZES.u32)
    if (duration === undefined) {
      throw new ParseError(`the ${label} must be a duration such as 3600 or 1h, not ${excerpt(text)}`)
    }
    return duration
  },
})

/** Most durations have no unit. */
const PLAIN_SECONDS = /^\d{1,10}$/
const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }
/** RFC 2181, section 8. */
export const MAX_TTL = 0x7fffffff

/** Parses `3600`, `1h` or `1w2d` as seconds; undefined if it is not a duration, or longer than `max`. */
export function parseDuration(text: string, max = MAX_TTL): number | undefined {
  const plain = PLAIN_SECONDS.test(text) ? Number(text) : undefined
  const sum = plain ?? sumOfUnits(text)
  return sum !== undefined && sum <= max ? sum : undefined
}

function sumOfUnits(text: string): number | undefined {
  if (!/^(?:\d{1,10}[smhdw]?)+$/i.test(text)) return undefined
  let sum = 0
  for (const [, count, unit] of text.matchAll(/(\d+)([smhdw]?)/gi)) {
    sum += Number(count) * (UNIT_SECONDS[String(unit).toLowerCase()] ?? 1)
  }
  return sum
}

const DATE = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/

/** A time, written `YYYYMMDDHHmmSS` in UTC or as seconds since 1970 (RFC 4034, section 3.2). */
export const timestamp: NumberCodec = label => ({
  ...u32(label),
  parse(tokens) {
    if (!DATE.test(tokens.peek?.text ?? '')) return parseNumber(tokens, label, SIZES.u32)
    const text = tokens.text(label)
    const time = Date.parse(text.replace(DATE, '$1-$2-$3T$4:$5:$6Z')) / 1000
    if (!(time >= 0 && time <= SIZES.u32)) throw new ParseError(`the ${label} is not a valid date: ${text}`)
    return time
  },
  print: time => new Date(time * 1000).toISOString().replace(/\.000Z$|\D/g, ''),
})

/** A number that may also be written as a mnemonic. Prints the number. */
function mnemonic(size: 'u8' | 'u16', names: Readonly<Record<string, number>>): NumberCodec {
  const field = number(size)
  return label => ({
    ...field(label),
    parse(tokens) {
      const named = names[String(tokens.peek?.text).toUpperCase()]
      if (named === undefined) return parseNumber(tokens, label, SIZES[size])
      tokens.take(label)
      return named
    },
  })
}

/** IANA's registry "DNS Security Algorithm Numbers". */
export const algorithm = mnemonic('u8', {
  DELETE: 0,
  RSAMD5: 1,
  DH: 2,
  DSA: 3,
  RSASHA1: 5,
  'DSA-NSEC3-SHA1': 6,
  'RSASHA1-NSEC3-SHA1': 7,
  NSEC3DSA: 6,
  NSEC3RSASHA1: 7,
  RSASHA256: 8,
  RSASHA512: 10,
  ECCGOST: 12,
  ECDSAP256SHA256: 13,
  ECDSAP384SHA384: 14,
  ED25519: 15,
  ED448: 16,
  INDIRECT: 252,
  PRIVATEDNS: 253,
  PRIVATEOID: 254,
})('algorithm')

/** RFC 4398, section 2.1. */
export const certificateType = mnemonic('u16', {
  PKIX: 1,
  SPKI: 2,
  PGP: 3,
  IPKIX: 4,
  ISPKI: 5,
  IPGP: 6,
  ACPKIX: 7,
  IACPKIX: 8,
  URI: 253,
  OID: 254,
})('certificate type')

/** The number of a type, as its name. */
export const recordType: Codec<TypeName> = {
  read: reader => types.name(reader.u16()),
  write: (writer, type) => writer.u16(typeCode(type)),
  parse: tokens => parseType(tokens.text('type')),
  print: type => type,
}

export function parseType(text: string): TypeName {
  const type = parseTypeName(text)
  if (!type) throw new ParseError(`${excerpt(text)} is not a record type`)
  return type
}

/**
 * Returns the number of a type.
 *
 * @throws RangeError if the type is unknown
 */
export function typeCode(type: TypeName): number {
  const code = types.code(type)
  if (code === undefined) throw new RangeError(`cannot encode ${JSON.stringify(type)}: unknown type`)
  return code
}
