/**
 * The entries of a master file (RFC 1035, section 5.1): one to a line, parentheses joining lines, `;` starting a comment,
 * quotes holding a string together. Escapes stay as they are: what they mean depends on the field. Pure.
 */
import { ParseError, type Token } from '../../../shared/dns/rdata/tokens.ts'

export interface Entry {
  /** The line it begins on, counted from 1. */
  readonly line: number
  /** True where it begins with a blank: its owner is that of the entry before. */
  readonly indented: boolean
  /** An entry has at least one. */
  readonly words: readonly [Token, ...Token[]]
}

/** One piece of a file: blanks, a comment, a line's end, a parenthesis, a quoted string, a word. */
const PIECE = /[ \t\r\f]+|;[^\n]*|(\n)|([()])|"((?:[^"\\\n]|\\[^\n])*)"|((?:[^\s"();\\]|\\[^\n])+)/y
/** A line without quotes, parentheses, comments and escapes, as most are. */
const PLAIN_LINE = /[^\n"();\\]*(?:\n|$)/y
const BLANKS = /[ \t\r\f]+/

/**
 * The longest entry, and the longest line: data of 65,535 bytes with every one of them escaped takes a quarter of it. What
 * is longer was not meant to be a zone, and would take memory many times its length.
 */
const MAX_ENTRY_CHARACTERS = 1024 * 1024

/** Thrown with the line, since no entry is there yet to have one. */
export class EntryProblem extends ParseError {
  readonly line: number

  constructor(line: number, reason: string) {
    super(reason)
    this.line = line
  }
}

/**
 * Splits the text of a master file into its entries.
 *
 * @throws EntryProblem for a quote or parenthesis that is not closed, or an entry that is too long
 */
export function* readEntries(text: string): Generator<Entry> {
  const plain = new RegExp(PLAIN_LINE)
  let line = 1
  let at = 0
  while (at < text.length) {
    plain.lastIndex = at
    const isPlain = plain.test(text)
    if (isPlain) checkLength(plain.lastIndex - at, line)
    const read = isPlain ? plainLine(text.slice(at, plain.lastIndex)) : readPieces(text, at, line)
    const indented = isBlank(text[at])
    if (isEntry(read.words)) yield { line, indented, words: read.words }
    at = isPlain ? plain.lastIndex : read.end
    line += read.lines
  }
}

interface Lines {
  readonly words: Token[]
  readonly lines: number
  /** Where the next entry begins. */
  readonly end: number
}

function plainLine(text: string): Lines {
  const words: Token[] = []
  for (const word of text.trimEnd().split(BLANKS)) {
    if (word !== '') words.push({ text: word, quoted: false, joined: false })
  }
  return { words, lines: 1, end: 0 }
}

/** Reads from the beginning of a line to the end of one at which no parenthesis is open. */
function readPieces(text: string, start: number, firstLine: number): Lines {
  const scan = new RegExp(PIECE)
  scan.lastIndex = start
  const words: Token[] = []
  let [line, depth, wordEnd, lineEnd] = [firstLine, 0, -1, -1]
  while (scan.lastIndex < text.length) {
    const at = scan.lastIndex
    if (at > lineEnd) {
      lineEnd = endOfLine(text, at)
      checkLength(lineEnd - start, firstLine)
    }
    const [, newline, parenthesis, quoted, word] = scan.exec(text) ?? broken(line, text, at)
    const written = word ?? quoted
    if (written !== undefined) {
      words.push({ text: written, quoted: word === undefined, joined: wordEnd === at })
      wordEnd = scan.lastIndex
    } else if (parenthesis) depth = nest(depth, parenthesis, line)
    else if (newline) {
      line++
      if (depth === 0) return { words, lines: line - firstLine, end: scan.lastIndex }
    }
  }
  if (depth > 0) throw new EntryProblem(firstLine, 'a parenthesis is opened and not closed')
  return { words, lines: line - firstLine, end: text.length }
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at)
  return end < 0 ? text.length : end
}

function checkLength(characters: number, line: number): void {
  if (characters <= MAX_ENTRY_CHARACTERS) return
  throw new EntryProblem(
    line,
    `the entry is longer than ${MAX_ENTRY_CHARACTERS} characters; is a quote or parenthesis open?`,
  )
}

function isEntry(words: readonly Token[]): words is [Token, ...Token[]] {
  return words.length > 0
}

function isBlank(character: string | undefined): boolean {
  return character === ' ' || character === '\t'
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
