/** Replies of SMTP, and the secrets in its command lines. */
import { Excerpt } from '../../dissector.ts'
import { type Line, LineReader } from '../line-reader.ts'

/** A code and one or more lines (RFC 5321, section 4.2). */
export interface Reply {
  readonly code: number
  /** Without the line ending. */
  readonly firstLine: string
  readonly lineCount: number
  readonly bytes: Uint8Array
  readonly size: number
}

/** Replaces a secret. */
export const SECRET = '****'

const REPLY_LINE = /^([2-5]\d\d)(?:([ -])(.*))?$/s

/** Assembles replies from chunks of any size. Lines that are not part of a reply are returned as `invalid`. */
export class ReplyReader {
  readonly #lines = new LineReader()
  #partial: PartialReply | undefined

  push(bytes: Uint8Array): { reply?: Reply; invalid?: Line; rest: Uint8Array } {
    const { line, rest } = this.#lines.push(bytes)
    if (!line) return { rest }
    const [, code, separator] = REPLY_LINE.exec(line.text) ?? []
    if (code === undefined) return { invalid: line, rest }
    if (!this.#partial && separator !== '-') return { reply: toReply(Number(code), line), rest }
    const partial = this.#partial ?? { excerpt: new Excerpt(), firstLine: line.text, lineCount: 0 }
    partial.excerpt.add(line.bytes, line.size)
    partial.lineCount += 1
    this.#partial = separator === '-' ? partial : undefined
    return separator === '-' ? { rest } : { reply: joinReply(Number(code), partial), rest }
  }

  /** Returns the incomplete reply at the end of the connection; undefined if there is none. */
  end(): Line | undefined {
    const line = this.#lines.end()
    const partial = this.#partial
    this.#partial = undefined
    return partial ? { text: partial.firstLine, bytes: partial.excerpt.bytes, size: partial.excerpt.size } : line
  }
}

interface PartialReply {
  readonly excerpt: Excerpt
  readonly firstLine: string
  lineCount: number
}

function toReply(code: number, { text, bytes, size }: Line): Reply {
  return { code, firstLine: text, lineCount: 1, bytes, size }
}

function joinReply(code: number, { excerpt, firstLine, lineCount }: PartialReply): Reply {
  return { code, firstLine, lineCount, bytes: excerpt.bytes, size: excerpt.size }
}

/** Returns the first line, and the number of lines after it. */
export function describeReply({ firstLine, lineCount }: Reply): string {
  const start = `${firstLine.slice(0, 3)} ${firstLine.slice(4)}`.trimEnd()
  const more = lineCount > 1 ? ` (and ${lineCount - 1} more ${lineCount === 2 ? 'line' : 'lines'})` : ''
  return `${start}${more}`
}

const AUTH_SECRET = /^(\s*AUTH[\s=]\s*\S+\s+)\S.*$/is

/** Masks the initial response of AUTH (RFC 4954, section 4), which contains a password or its equivalent. */
export function maskInitialResponse(line: Line): Line {
  const [, command] = AUTH_SECRET.exec(line.text) ?? []
  return command === undefined ? line : maskedLine(`${command}${SECRET}`, line.size)
}

/** Masks a whole line. */
export function maskLine(line: Line): Line {
  return maskedLine(SECRET, line.size)
}

function maskedLine(text: string, size: number): Line {
  return { text, bytes: Buffer.from(`${text}\r\n`), size }
}
