/**
 * `$GENERATE`: one line written for many, as BIND has it. In `$GENERATE 1-3 host$ A 192.0.2.$` every `$` is the number in
 * turn; `${offset,width,base}` is it with an offset, filled up with zeros, in another base. Pure.
 */
import { excerpt } from '../../../shared/dns/excerpt.ts'
import { ParseError, type Token } from '../../../shared/dns/rdata/tokens.ts'

/** How many lines the directives of one zone may stand for. */
export const MAX_GENERATED = 1_000_000

const RANGE = /^(\d{1,10})-(\d{1,10})(?:\/(\d{1,10}))?$/

/** The numbers that a line is written for. */
interface Range {
  readonly start: number
  readonly stop: number
  readonly step: number
}

function parseRange(text: string): Range {
  const [, start, stop, step = '1'] = RANGE.exec(text) ?? []
  const range = { start: Number(start), stop: Number(stop), step: Number(step) }
  if (!(range.start <= range.stop) || range.step === 0) {
    throw new ParseError(`$GENERATE takes numbers such as 1-10 or 0-100/2, not ${excerpt(text)}`)
  }
  return range
}

/**
 * The lines that the words of a `$GENERATE` stand for.
 *
 * @param left how many there may be
 */
export function* generatedLines(words: readonly Token[], left: number): Generator<string> {
  const [, range, ...rest] = words
  if (!range || rest.length < 3) throw new ParseError('$GENERATE takes numbers, an owner, a type and data')
  const { start, stop, step } = parseRange(range.text)
  const count = Math.floor((stop - start) / step) + 1
  if (count > left) throw new ParseError(`$GENERATE would make more than ${MAX_GENERATED} records`)
  const template = asTemplate(rest)
  for (let number = start; number <= stop; number += step) yield template.map(part => part(number)).join('')
}

/** Data may be one quoted word, which stands for the words in it. */
function asTemplate(words: readonly Token[]): Part[] {
  const wholeData = words.filter(({ quoted }) => quoted).length === 1 && words.at(-1)?.quoted
  const text = words.map(word => (word.quoted && !wholeData ? `"${word.text}"` : word.text)).join(' ')
  return Array.from(text.matchAll(PARTS), ([all, format]) => partOf(all, format))
}

/** An escaped character, the number's place, or anything else. */
const PARTS = /\\.|\$\$|\$(?:\{([^{}]*)\})?|[^\\$]+/gs
const FORMAT = /^(-?\d{1,10})(?:,(\d{1,3})(?:,([doxXnN]))?)?$/

type Part = (number: number) => string

function partOf(all: string, format: string | undefined): Part {
  if (all === '$$') return () => '\\$'
  if (!all.startsWith('$')) return () => all
  if (format === undefined) return String
  const [, offset, width = '0', base = 'd'] = FORMAT.exec(format) ?? []
  if (offset === undefined) throw new ParseError(`\${${format}} is no place for a number (\${offset,width,base})`)
  return number => {
    const value = number + Number(offset)
    if (value < 0) throw new ParseError(`\${${format}} makes a number below 0 of ${number}`)
    return written(value, Number(width), base)
  }
}

const BASES: Readonly<Record<string, number>> = { d: 10, o: 8, x: 16, X: 16 }

function written(value: number, width: number, base: string): string {
  if (base.toLowerCase() === 'n') return letters(nibbles(value, width), base === 'N')
  return letters(value.toString(BASES[base]), base === 'X').padStart(width, '0')
}

function letters(text: string, capital: boolean): string {
  return capital ? text.toUpperCase() : text
}

/** Hexadecimal digits from the last to the first, with dots between, as ip6.arpa has them; the width counts dots too. */
function nibbles(value: number, width: number): string {
  const digits = value.toString(16).padStart(Math.ceil(width / 2), '0')
  const text = [...digits].reverse().join('.')
  return text.length < width ? `${text}.` : text
}
