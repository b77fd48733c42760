/** Parses the parameters of endpoints. Each error is a sentence that quotes the parameter. Pure. */
import { EndpointError } from './endpoint.ts'

export interface Bounds {
  readonly min: number
  readonly max: number
}

/** @throws EndpointError (400) if the text is not a whole number within the bounds */
export function parseInteger(name: string, text: string, { min, max }: Bounds): number {
  const number = parseWholeNumber(name, text)
  if (number < min || number > max) throw invalid(name, text, `is not between ${min} and ${max}`)
  return number
}

/** @throws EndpointError (400) if the text is not a whole number */
export function parseWholeNumber(name: string, text: string): number {
  if (!/^[+-]?\d{1,15}$/.test(text)) throw invalid(name, text, 'is not a whole number')
  return Number(text)
}

const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)$/
/** Characters of a number or a duration. */
const MAX_LENGTH = 40

/** @throws EndpointError (400) if the text is not a number within the bounds */
export function parseDecimal(name: string, text: string, { min, max }: Bounds): number {
  if (text.length > MAX_LENGTH || !DECIMAL.test(text)) throw invalid(name, text, 'is not a number')
  const number = Number(text)
  if (number < min || number > max) throw invalid(name, text, `is not between ${min} and ${max}`)
  return number
}

const UNITS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
}
const DURATION = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)/g

/**
 * Parses seconds (`1.5`) or a duration with units (`500ms`, `1m30s`).
 *
 * @param bounds in milliseconds
 * @returns milliseconds
 * @throws EndpointError (400) if the text is not a duration within the bounds
 */
export function parseDuration(name: string, text: string, { min, max }: Bounds): number {
  const duration = durationOf(text)
  if (duration === undefined) throw invalid(name, text, 'is not a duration. Use seconds (1.5) or units (500ms, 1m30s)')
  if (duration > max) throw invalid(name, text, `is longer than ${max / 1000} s`)
  if (duration < min) throw invalid(name, text, min === 0 ? 'is negative' : 'is not longer than 0')
  return duration
}

function durationOf(text: string): number | undefined {
  if (text.length > MAX_LENGTH) return undefined
  if (DECIMAL.test(text)) return Number(text) * 1000
  const sign = text.startsWith('-') ? -1 : 1
  const amount = text.replace(/^[+-]/, '')
  const parts = [...amount.matchAll(DURATION)]
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== amount) return undefined
  return sign * parts.reduce((sum, [, number, unit = '']) => sum + Number(number) * (UNITS[unit] ?? 0), 0)
}

const INT64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n }

/** @throws EndpointError (400) if the text is not a whole number of 64 bits */
export function parseSeed(text: string): bigint {
  const seed = /^[+-]?\d{1,20}$/.test(text) ? BigInt(text.replace(/^\+/, '')) : undefined
  if (seed === undefined || seed < INT64.min || seed > INT64.max) {
    throw invalid('seed', text, 'is not a whole number of 64 bits')
  }
  return seed
}

/** Creates the error for a parameter: `seed: "foo" is not a whole number.` */
export function invalid(name: string, text: string, reason: string): EndpointError {
  const quoted = text.length > 100 ? `${text.slice(0, 100)}...` : text
  return new EndpointError(400, `${name}: ${JSON.stringify(quoted)} ${reason}.`)
}
