/** The texts of a zone: its file, and what that includes and generates, within bounds. Pure. */
import { excerpt } from '../../../shared/dns/excerpt.ts'
import { ParseError } from '../../../shared/dns/rdata/tokens.ts'

/** A text, and the file name that errors name. */
export interface Source {
  readonly file: string
  readonly text: string
}

/**
 * Returns the file that `$INCLUDE` names.
 *
 * @param from the file that has the directive
 * @throws ParseError if it cannot be included
 */
export type Include = (name: string, from: string) => Source

/** Bound the depth of includes, and their number: it can double at every level. */
const MAX_INCLUDE_DEPTH = 10
const MAX_INCLUDES = 1000
/** Bounds the text of a zone with everything included and generated: ten lines can expand to more than fits in memory. */
const MAX_ZONE_CHARACTERS = 512 * 1024 * 1024

export class ZoneSources {
  readonly #include: Include | undefined
  /** The files being parsed, the outermost first. */
  readonly #open: string[] = []
  #includeCount = 0
  /** Characters so far. */
  #length = 0

  /** @param include if undefined, `$INCLUDE` is an error */
  constructor(include: Include | undefined) {
    this.#include = include
  }

  /** Call `close` when the file was parsed. */
  open({ file }: Source): void {
    this.#open.push(file)
  }

  close(): void {
    this.#open.pop()
  }

  /** @throws ParseError if the file cannot be included, or a bound is exceeded */
  include(name: string, from: Source): Source {
    if (!this.#include) throw new ParseError('$INCLUDE works only in zone files, not in zones given as text')
    if (this.#open.length > MAX_INCLUDE_DEPTH)
      throw new ParseError(`includes are nested more than ${MAX_INCLUDE_DEPTH} deep`)
    if (++this.#includeCount > MAX_INCLUDES) throw new ParseError(`the zone includes more than ${MAX_INCLUDES} files`)
    const included = this.#include(name, from.file)
    if (this.#open.includes(included.file)) throw new ParseError(`${excerpt(name)} includes itself`)
    this.count(included.text)
    return included
  }

  /** Counts a text that was included or generated. @throws ParseError if the zone becomes too long */
  count(text: string): void {
    this.#length += text.length
    if (this.#length > MAX_ZONE_CHARACTERS) {
      throw new ParseError(`the zone with its includes is longer than ${MAX_ZONE_CHARACTERS} characters`)
    }
  }
}
