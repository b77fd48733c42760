/**
 * The entries of a master file (RFC 1035, section 5.1): one to a line, parentheses joining lines, `;` starting a comment,
 * quotes holding a string together. Escapes stay as they are: what they mean depends on the field. Pure.
 */
import { Problem } from './zone-error.ts'

export interface Token {
  /** As it stands in the file, without the quotes. */
  readonly text: string
  readonly quoted: boolean
}

export interface Entry {
  /** The line it begins on, counted from 1. */
  readonly line: number
  /** True where it begins with a blank: its owner is that of the entry before. */
  readonly indented: boolean
  /** An entry has at least one. */
  readonly tokens: readonly [Token, ...Token[]]
}

/** One piece of a file: blanks, a comment, a line's end, a parenthesis, a quoted string, a word. */
const PIECE = /[ \t\r\f]+|;[^\n]*|(\n)|([()])|"((?:[^"\\\n]|\\[^\n])*)"|((?:[^\s"();\\]|\\[^\n])+)/y

/** Thrown with the line, since no entry is there yet to have one. */
export class EntryProblem extends Problem {
  readonly line: number

  constructor(line: number, reason: string) {
    super(reason)
    this.line = line
  }
}

/**
 * Splits the text of a master file into its entries.
 *
 * @throws EntryProblem for a quote or parenthesis that is not closed
 */
export function* readEntries(text: string): Generator<Entry> {
  const scan = new RegExp(PIECE)
  let line = 1
  let depth = 0
  let entry = begin(text, 0, line)
  while (scan.lastIndex < text.length) {
    const at = scan.lastIndex
    const [, newline, parenthesis, quoted, word] = scan.exec(text) ?? broken(line, text, at)
    if (word !== undefined) entry.tokens.push({ text: word, quoted: false })
    else if (quoted !== undefined) entry.tokens.push({ text: quoted, quoted: true })
    else if (parenthesis) depth = nest(depth, parenthesis, line)
    else if (newline) {
      line++
      if (depth > 0) continue
      if (isEntry(entry)) yield entry
      entry = begin(text, at + 1, line)
    }
  }
  if (depth > 0) throw new EntryProblem(entry.line, 'a parenthesis is opened and not closed')
  if (isEntry(entry)) yield entry
}

/** An entry that may still be empty: a line of blanks, or with a comment only. */
type Begun = Omit<Entry, 'tokens'> & { readonly tokens: Token[] }

function isEntry(begun: Begun): begun is Begun & { tokens: [Token, ...Token[]] } {
  return begun.tokens.length > 0
}

function begin(text: string, at: number, line: number): Begun {
  return { line, indented: text[at] === ' ' || text[at] === '\t', tokens: [] }
}

function nest(depth: number, parenthesis: string, line: number): number {
  if (parenthesis === '(') return depth + 1
  if (depth === 0) throw new EntryProblem(line, 'a parenthesis is closed that was not opened')
  return depth - 1
}

function broken(line: number, text: string, at: number): never {
  const what = text[at] === '"' ? 'a quote is opened and not closed on its line' : 'a backslash escapes nothing'
  throw new EntryProblem(line, what)
}
