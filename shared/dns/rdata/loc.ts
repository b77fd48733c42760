/** LOC: the geographical location of a name (RFC 1876). */
import type { LocData } from '../data.ts'
import { excerpt } from '../excerpt.ts'
import { FormatError } from '../message.ts'
import type { Codec } from './codec.ts'
import { ParseError, type TokenReader } from './tokens.ts'

/** The wire format of the equator, the prime meridian and the WGS 84 spheroid. */
const ANGLE_ZERO = 0x80000000
const ALTITUDE_ZERO = 10_000_000
const MILLISECONDS = { d: 3_600_000, m: 60_000, s: 1000 }
/** RFC 1876, section 3, in centimetres. */
const DEFAULTS = { size: 100, horizontalPrecision: 1_000_000, verticalPrecision: 1000 }
const MAX_SIZE_CM = 9e9
const MAX_ALTITUDE_CM = 0xffffffff - ALTITUDE_ZERO

interface Axis {
  readonly label: string
  /** Degrees. */
  readonly max: number
  readonly positive: string
  readonly negative: string
}

const LATITUDE: Axis = { label: 'latitude', max: 90, positive: 'N', negative: 'S' }
const LONGITUDE: Axis = { label: 'longitude', max: 180, positive: 'E', negative: 'W' }

export const loc: Codec<LocData> = {
  read(reader) {
    if (reader.u8() !== 0) throw new FormatError('LOC version is not 0')
    // In the order of the wire format.
    return {
      size: fromPower(reader.u8()),
      horizontalPrecision: fromPower(reader.u8()),
      verticalPrecision: fromPower(reader.u8()),
      latitude: reader.u32() - ANGLE_ZERO,
      longitude: reader.u32() - ANGLE_ZERO,
      altitude: reader.u32() - ALTITUDE_ZERO,
    }
  },
  write(writer, data) {
    writer.u8(0)
    for (const size of [data.size, data.horizontalPrecision, data.verticalPrecision]) writer.u8(toPower(size))
    for (const angle of [data.latitude, data.longitude]) writer.u32(angle + ANGLE_ZERO)
    writer.u32(data.altitude + ALTITUDE_ZERO)
  },
  parse(tokens) {
    const size = (label: keyof typeof DEFAULTS) =>
      tokens.remaining > 0 ? fromPower(toPower(parseMetres(tokens, label, 0, MAX_SIZE_CM))) : DEFAULTS[label]
    // In the order of the presentation format.
    return {
      latitude: parseAngle(tokens, LATITUDE),
      longitude: parseAngle(tokens, LONGITUDE),
      altitude: parseMetres(tokens, 'altitude', -ALTITUDE_ZERO, MAX_ALTITUDE_CM),
      size: size('size'),
      horizontalPrecision: size('horizontalPrecision'),
      verticalPrecision: size('verticalPrecision'),
    }
  },
  print: data =>
    [
      printAngle(data.latitude, LATITUDE),
      printAngle(data.longitude, LONGITUDE),
      ...[data.altitude, data.size, data.horizontalPrecision, data.verticalPrecision].map(printMetres),
    ].join(' '),
}

/** Decodes a byte of a digit and a power of ten (RFC 1876, section 2). */
function fromPower(byte: number): number {
  const [digit, power] = [byte >> 4, byte & 0xf]
  if (digit > 9 || power > 9) throw new FormatError('invalid size or precision in a LOC record')
  return digit * 10 ** power
}

/** Encodes a size; all digits but the first become 0. */
function toPower(centimetres: number): number {
  const power = centimetres < 10 ? 0 : Math.floor(Math.log10(centimetres) + 1e-9)
  return (Math.floor(centimetres / 10 ** power + 1e-9) << 4) | power
}

/** Parses `52 22 23.000 N`; minutes and seconds are optional. */
function parseAngle(tokens: TokenReader, { label, max, positive, negative }: Axis): number {
  let sum = 0
  for (const unit of ['d', 'm', 's'] as const) {
    const text = tokens.text(label)
    if (unit !== 'd' && isDirection(text, positive, negative)) return sign(text, positive) * sum
    const value = Number(text)
    const limit = unit === 'd' ? max : 59.999
    const form = unit === 's' ? /^\d{1,2}(\.\d{1,3})?$/ : /^\d{1,3}$/
    if (!form.test(text) || value > limit) throw new ParseError(`${excerpt(text)} is not part of a valid ${label}`)
    sum += Math.round(value * MILLISECONDS[unit])
  }
  const text = tokens.text(label)
  if (!isDirection(text, positive, negative)) {
    throw new ParseError(`the ${label} must end in ${positive} or ${negative}, not ${excerpt(text)}`)
  }
  if (sum > max * MILLISECONDS.d) throw new ParseError(`the ${label} is more than ${max} degrees`)
  return sign(text, positive) * sum
}

function isDirection(text: string, positive: string, negative: string): boolean {
  return [positive, negative].includes(text.toUpperCase())
}

function sign(text: string, positive: string): 1 | -1 {
  return text.toUpperCase() === positive ? 1 : -1
}

function printAngle(angle: number, { positive, negative }: Axis): string {
  const size = Math.abs(angle)
  const degrees = Math.floor(size / MILLISECONDS.d)
  const minutes = Math.floor((size % MILLISECONDS.d) / MILLISECONDS.m)
  const rest = ((size % MILLISECONDS.m) / MILLISECONDS.s).toFixed(3)
  return `${degrees} ${minutes} ${rest} ${angle < 0 ? negative : positive}`
}

/** Parses metres, with or without an `m`, as centimetres. */
function parseMetres(tokens: TokenReader, label: string, min: number, max: number): number {
  const text = tokens.text(label)
  const centimetres = Math.round(Number(text.replace(/m$/i, '')) * 100)
  if (!/^-?\d{1,8}(\.\d{1,2})?m?$/i.test(text) || centimetres < min || centimetres > max) {
    throw new ParseError(`the ${label} must be in metres, from ${min / 100} to ${max / 100}, not ${excerpt(text)}`)
  }
  return centimetres
}

function printMetres(centimetres: number): string {
  return `${(centimetres / 100).toFixed(2)}m`
}
