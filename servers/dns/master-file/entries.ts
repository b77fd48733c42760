/**
 * Splits a master file into entries (RFC 1035, section 5.1): one per line, unless parentheses join lines. Removes comments
 * and quotes; keeps escapes, since their meaning depends on the field. Pure.
 */
import { ParseError, type Token } from '../../../shared/dns/rdata/tokens.ts'

export interface Entry {
  /** The line on which the entry starts, counted from 1. */
  readonly line: number
  /** True if the line starts with a blank: the entry has the owner of the previous one. */
  readonly indented: boolean
  readonly tokens: readonly [Token, ...Token[]]
}

/** Blanks, a comment, a line end, a parenthesis, a quoted token or another token. */
const LEXEME = /[ \t\r\f]+|;[^\n]*|(\n)|([()])|"((?:[^"\\\n]|\\[^\n])*)"|((?:[^\s"();\\]|\\[^\n])+)/y
/** A line without quotes, parentheses, comments and escapes, as most lines are. */
const PLAIN_LINE = /[^\n"();\\]*(?:\n|$)/y
const BLANKS = /[ \t\r\f]+/

/**
 * Bounds an entry and a line. The largest RDATA (65,535 bytes), with every byte escaped, takes a quarter of this. A longer
 * entry is not a zone's, and would take memory many times its length.
 */
const MAX_ENTRY_CHARACTERS = 1024 * 1024

/** A syntax error. Has its line, since there is no entry yet to take the line from. */
export class EntryError extends ParseError {
  readonly line: number

  constructor(line: number, reason: string) {
    super(reason)
    this.line = line
  }
}

/**
 * Splits the text of a master file into its entries.
 *
 * @throws EntryError for an unclosed quote or parenthesis, or an entry that is too long
 */
export function* readEntries(text: string): Generator<Entry> {
  const plain = new RegExp(PLAIN_LINE)
  let line = 1
  let position = 0
  while (position < text.length) {
    plain.lastIndex = position
    const isPlain = plain.test(text)
    if (isPlain) checkLength(plain.lastIndex - position, line)
    const parsed = isPlain ? splitPlainLine(text.slice(position, plain.lastIndex)) : tokenize(text, position, line)
    const indented = isBlank(text[position])
    if (isNotEmpty(parsed.tokens)) yield { line, indented, tokens: parsed.tokens }
    position = isPlain ? plain.lastIndex : parsed.end
    line += parsed.lineCount
  }
}

interface ParsedLines {
  readonly tokens: Token[]
  readonly lineCount: number
  /** The position of the next entry. */
  readonly end: number
}

function splitPlainLine(text: string): ParsedLines {
  const tokens: Token[] = []
  for (const token of text.trimEnd().split(BLANKS)) {
    if (token !== '') tokens.push({ text: token, quoted: false, joined: false })
  }
  return { tokens, lineCount: 1, end: 0 }
}

/** Tokenizes from the start of a line to the first line end outside of parentheses. */
function tokenize(text: string, start: number, firstLine: number): ParsedLines {
  const lexeme = new RegExp(LEXEME)
  lexeme.lastIndex = start
  const tokens: Token[] = []
  let [line, depth, tokenEnd, lineEnd] = [firstLine, 0, -1, -1]
  while (lexeme.lastIndex < text.length) {
    const position = lexeme.lastIndex
    if (position > lineEnd) {
      lineEnd = findLineEnd(text, position)
      checkLength(lineEnd - start, firstLine)
    }
    const [, newline, parenthesis, quoted, unquoted] = lexeme.exec(text) ?? throwSyntaxError(line, text, position)
    const token = unquoted ?? quoted
    if (token !== undefined) {
      tokens.push({ text: token, quoted: unquoted === undefined, joined: tokenEnd === position })
      tokenEnd = lexeme.lastIndex
    } else if (parenthesis) depth = nextDepth(depth, parenthesis, line)
    else if (newline) {
      line++
      if (depth === 0) return { tokens, lineCount: line - firstLine, end: lexeme.lastIndex }
    }
  }
  if (depth > 0) throw new EntryError(firstLine, 'unclosed parenthesis')
  return { tokens, lineCount: line - firstLine, end: text.length }
}

function findLineEnd(text: string, position: number): number {
  const end = text.indexOf('\n', position)
  return end < 0 ? text.length : end
}

function checkLength(characters: number, line: number): void {
  if (characters <= MAX_ENTRY_CHARACTERS) return
  throw new EntryError(line, `the entry is longer than ${MAX_ENTRY_CHARACTERS} characters. Is a parenthesis unclosed?`)
}

function isNotEmpty(tokens: readonly Token[]): tokens is [Token, ...Token[]] {
  return tokens.length > 0
}

function isBlank(character: string | undefined): boolean {
  return character === ' ' || character === '\t'
}

function nextDepth(depth: number, parenthesis: string, line: number): number {
  if (parenthesis === '(') return depth + 1
  if (depth === 0) throw new EntryError(line, 'a closing parenthesis has no opening one')
  return depth - 1
}

function throwSyntaxError(line: number, text: string, position: number): never {
  const isQuote = text[position] === '"'
  throw new EntryError(line, isQuote ? 'unclosed quote: a string ends on its line' : 'a backslash ends the line')
}
