/** Replies of SMTP, and the secrets in its command lines. */
import { Excerpt } from '../../dissector.ts'
import { type Line, LineReader } from '../line-reader.ts'

/** A code and one or more lines (RFC 5321, section 4.2). */
export interface Reply {
  readonly code: number
  readonly firstLine: Line
  readonly lineCount: number
  readonly bytes: Uint8Array
  readonly size: number
}

/** Replaces a secret. */
export const SECRET = '****'

/** Assembles replies from chunks of any size. Lines that are not part of a reply are returned as `invalid`. */
export class ReplyReader {
  readonly #lines = new LineReader()
  #partial: PartialReply | undefined

  push(bytes: Uint8Array): { reply?: Reply; invalid?: Line; rest: Uint8Array } {
    const { line, rest } = this.#lines.push(bytes)
    if (!line) return { rest }
    const code = codeOf(line.bytes)
    if (code === undefined) return { invalid: line, rest }
    const isLast = line.bytes[CODE_LENGTH] !== HYPHEN
    if (!this.#partial && isLast) return { reply: toReply(code, line), rest }
    const partial = this.#partial ?? { excerpt: new Excerpt(), firstLine: line, lineCount: 0 }
    partial.excerpt.add(line.bytes, line.size)
    partial.lineCount += 1
    this.#partial = isLast ? undefined : partial
    return isLast ? { reply: joinReply(code, partial), rest } : { rest }
  }

  /** Returns the incomplete reply at the end of the connection; undefined if there is none. */
  end(): Line | undefined {
    const line = this.#lines.end()
    const partial = this.#partial
    this.#partial = undefined
    return partial ? { text: partial.firstLine.text, bytes: partial.excerpt.bytes, size: partial.excerpt.size } : line
  }
}

interface PartialReply {
  readonly excerpt: Excerpt
  readonly firstLine: Line
  lineCount: number
}

const CODE_LENGTH = 3
const [LF, CR, SPACE, HYPHEN, ZERO] = [0x0a, 0x0d, 0x20, 0x2d, 0x30]

/** Returns the code of a line of a reply: three digits, then a space, a hyphen or the line ending; undefined for any other line. */
function codeOf(bytes: Uint8Array): number | undefined {
  const [first, second, third] = [digitAt(bytes, 0), digitAt(bytes, 1), digitAt(bytes, 2)]
  if (!(first >= 2 && first <= 5 && second >= 0 && second <= 9 && third >= 0 && third <= 9)) return undefined
  const next = bytes[CODE_LENGTH]
  const isEnd = next === LF || (next === CR && bytes[CODE_LENGTH + 1] === LF)
  return next === SPACE || next === HYPHEN || isEnd ? first * 100 + second * 10 + third : undefined
}

function digitAt(bytes: Uint8Array, index: number): number {
  return (bytes[index] ?? 0) - ZERO
}

function toReply(code: number, line: Line): Reply {
  return { code, firstLine: line, lineCount: 1, bytes: line.bytes, size: line.size }
}

function joinReply(code: number, { excerpt, firstLine, lineCount }: PartialReply): Reply {
  return { code, firstLine, lineCount, bytes: excerpt.bytes, size: excerpt.size }
}

/** Returns the first line, and the number of lines after it. */
export function describeReply({ firstLine: { text }, lineCount }: Reply): string {
  const start = `${text.slice(0, CODE_LENGTH)} ${text.slice(CODE_LENGTH + 1)}`.trimEnd()
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
