/** Splits the lines of the shell into words, as a POSIX shell does: quotes, and backslashes before single characters. Pure. */
import { UsageError } from '../../../shared/errors.ts'

/** The word at the end of a line that is being typed. */
export interface LastWord {
  /** Without quotes and backslashes; empty after a space. */
  readonly text: string
  /** Where it begins in the line. */
  readonly start: number
  /** The quote that is open. */
  readonly quote: string
}

export interface ParsedLine {
  /** The complete words, and the last one if it is not empty. */
  readonly words: readonly string[]
  readonly last: LastWord
}

/** Parses a line that may be incomplete. */
export function parseLine(line: string): ParsedLine {
  const words: string[] = []
  let word: string | undefined
  let start = line.length
  let quote = ''
  for (let index = 0; index < line.length; index += 1) {
    const character = line[index] ?? ''
    if (quote === '' && /\s/.test(character)) {
      if (word !== undefined) words.push(word)
      word = undefined
      continue
    }
    if (word === undefined) {
      word = ''
      start = index
    }
    if (character === quote) quote = ''
    else if (quote === '' && (character === '"' || character === "'")) quote = character
    else if (character === '\\' && quote !== "'" && index + 1 < line.length) {
      index += 1
      word += line[index]
    } else word += character
  }
  if (word !== undefined) words.push(word)
  return { words, last: { text: word ?? '', start: word === undefined ? line.length : start, quote } }
}

/**
 * Returns the words of a line.
 *
 * @throws UsageError if a quote is not closed
 */
export function splitWords(line: string): readonly string[] {
  const { words, last } = parseLine(line)
  if (last.quote !== '')
    throw new UsageError(`the quote ${last.quote} is not closed. Write \\${last.quote} for a literal one`)
  return words
}

/** Returns a word as it has to be typed. */
export function quoteWord(text: string, quote: string): string {
  if (quote === "'") return `'${text}`
  if (quote === '"') return `"${text.replace(/["\\]/g, '\\$&')}`
  return text.replace(/[\s"'\\]/g, '\\$&')
}

/** Returns the absolute path that a path names in a directory, without `.` and `..`. */
export function resolveRemotePath(directory: string, path: string): string {
  const parts: string[] = []
  for (const part of (path.startsWith('/') ? path : `${directory}/${path}`).split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return `/${parts.join('/')}`
}
