/**
 * Expands `$GENERATE`, as BIND defines it: `$GENERATE 1-3 host$ A 192.0.2.$` is one record for each number of the range.
 * `$` is the number; the modifier `${offset,width,base}` adds to it, pads it with zeros and sets its base. Pure.
 */
import { excerpt } from '../../../shared/dns/excerpt.ts'
import { ParseError, type Token } from '../../../shared/dns/rdata/tokens.ts'

/** Bounds the records that the directives of one zone generate together. */
export const MAX_GENERATED = 1_000_000

const RANGE = /^(\d{1,10})-(\d{1,10})(?:\/(\d{1,10}))?$/

interface Range {
  readonly start: number
  readonly stop: number
  readonly step: number
}

function parseRange(text: string): Range {
  const [, start, stop, step = '1'] = RANGE.exec(text) ?? []
  const range = { start: Number(start), stop: Number(stop), step: Number(step) }
  if (!(range.start <= range.stop) || range.step === 0) {
    throw new ParseError(`$GENERATE takes a range such as 1-10 or 0-100/2, not ${excerpt(text)}`)
  }
  return range
}

/**
 * Yields the lines that a `$GENERATE` directive stands for.
 *
 * @param limit the maximum number of lines
 * @throws ParseError if the directive is invalid or exceeds the limit
 */
export function* generateLines(tokens: readonly Token[], limit: number): Generator<string> {
  const [, range, ...rest] = tokens
  if (!range || rest.length < 3) throw new ParseError('$GENERATE takes a range, an owner, a type and data')
  const { start, stop, step } = parseRange(range.text)
  const count = Math.floor((stop - start) / step) + 1
  if (count > limit) throw new ParseError(`the zone generates more than ${MAX_GENERATED} records`)
  const template = parseTemplate(rest)
  for (let number = start; number <= stop; number += step) yield template.map(part => part(number)).join('')
}

/** If the only quoted token is the last one, its content is all of the data. */
function parseTemplate(tokens: readonly Token[]): Part[] {
  const isDataQuoted = tokens.filter(({ quoted }) => quoted).length === 1 && tokens.at(-1)?.quoted
  const text = tokens.map(token => (token.quoted && !isDataQuoted ? `"${token.text}"` : token.text)).join(' ')
  return Array.from(text.matchAll(PARTS), ([part, modifier]) => parsePart(part, modifier))
}

/** An escaped character, `$$`, `$` with or without a modifier, or other text. */
const PARTS = /\\.|\$\$|\$(?:\{([^{}]*)\})?|[^\\$]+/gs
const MODIFIER = /^(-?\d{1,10})(?:,(\d{1,3})(?:,([doxXnN]))?)?$/

/** Returns the text of a part for one number. */
type Part = (number: number) => string

function parsePart(part: string, modifier: string | undefined): Part {
  if (part === '$$') return () => '\\$'
  if (!part.startsWith('$')) return () => part
  if (modifier === undefined) return String
  const [, offset, width = '0', base = 'd'] = MODIFIER.exec(modifier) ?? []
  if (offset === undefined) throw new ParseError(`\${${modifier}} is not a modifier such as \${offset,width,base}`)
  return number => {
    const value = number + Number(offset)
    if (value < 0) throw new ParseError(`\${${modifier}} makes ${number} negative`)
    return formatNumber(value, Number(width), base)
  }
}

const BASES: Readonly<Record<string, number>> = { d: 10, o: 8, x: 16, X: 16 }

function formatNumber(value: number, width: number, base: string): string {
  if (base.toLowerCase() === 'n') return withCase(formatNibbles(value, width), base === 'N')
  return withCase(value.toString(BASES[base]), base === 'X').padStart(width, '0')
}

function withCase(text: string, upper: boolean): string {
  return upper ? text.toUpperCase() : text
}

/** Formats hexadecimal digits in reverse order, separated by dots, as in ip6.arpa. The width includes the dots. */
function formatNibbles(value: number, width: number): string {
  const digits = value.toString(16).padStart(Math.ceil(width / 2), '0')
  const text = [...digits].reverse().join('.')
  return text.length < width ? `${text}.` : text
}
