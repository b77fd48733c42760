/** Assembles lines and replies of SMTP from chunks of any size. */
import { Excerpt } from '../../dissector.ts'

/** A line, truncated to the bound of an event. */
export interface Line {
  /** Without its line ending. */
  readonly text: string
  readonly bytes: Uint8Array
  readonly size: number
}

/** RFC 5321, section 4.2: a code and the text of one or more lines. */
export interface Reply extends Line {
  readonly code: number
}

/** Replaces a secret. */
export const SECRET = '****'

const LF = 0x0a

/** Assembles lines. A bare LF ends a line too, because people type into `nc`. */
export class LineReader {
  #line = new Excerpt()

  /** Takes the next bytes. Returns the first complete line and the bytes after it, or no line if all bytes were taken. */
  push(bytes: Uint8Array): { line?: Line; rest: Uint8Array } {
    const end = bytes.indexOf(LF)
    this.#line.add(end < 0 ? bytes : bytes.subarray(0, end + 1))
    const rest = end < 0 ? bytes.subarray(bytes.length) : bytes.subarray(end + 1)
    return end < 0 ? { rest } : { line: this.#take(), rest }
  }

  /** The incomplete line at the end of the connection; undefined if there is none. */
  end(): Line | undefined {
    return this.#line.size === 0 ? undefined : this.#take()
  }

  #take(): Line {
    const { bytes, size } = this.#line
    this.#line = new Excerpt()
    return {
      text: Buffer.from(bytes)
        .toString('utf8')
        .replace(/\r?\n$/, ''),
      bytes,
      size,
    }
  }
}

const REPLY_LINE = /^([2-5]\d\d)(?:([ -])(.*))?$/s

/** Assembles replies. Lines of no reply are returned as `invalid`; an incomplete reply continues after them. */
export class ReplyReader {
  readonly #lines = new LineReader()
  #partial: { readonly excerpt: Excerpt; readonly first: string; count: number } | undefined

  push(bytes: Uint8Array): { reply?: Reply; invalid?: Line; rest: Uint8Array } {
    const { line, rest } = this.#lines.push(bytes)
    if (!line) return { rest }
    const [, code, separator] = REPLY_LINE.exec(line.text) ?? []
    if (code === undefined) return { invalid: line, rest }
    const partial = this.#partial ?? { excerpt: new Excerpt(), first: line.text, count: 0 }
    partial.excerpt.add(line.bytes)
    partial.excerpt.size += line.size - line.bytes.length
    partial.count += 1
    this.#partial = separator === '-' ? partial : undefined
    return separator === '-' ? { rest } : { reply: completeReply(Number(code), partial), rest }
  }

  /** The incomplete reply at the end of the connection. */
  end(): Line | undefined {
    const line = this.#lines.end()
    const partial = this.#partial
    this.#partial = undefined
    return partial ? { text: partial.first, bytes: partial.excerpt.bytes, size: partial.excerpt.size } : line
  }
}

/** The text is the first line, and the number of lines after it. */
function completeReply(
  code: number,
  { excerpt, first, count }: { excerpt: Excerpt; first: string; count: number },
): Reply {
  const opening = `${first.slice(0, 3)} ${first.slice(4)}`.trimEnd()
  const more = count > 1 ? ` (and ${count - 1} more ${count === 2 ? 'line' : 'lines'})` : ''
  return { code, text: `${opening}${more}`, bytes: excerpt.bytes, size: excerpt.size }
}

const AUTH_SECRET = /^(\s*AUTH[\s=]\s*\S+\s+)\S.*$/is

/** Masks the initial response of AUTH (RFC 4954, section 4), which contains a password or its equivalent. */
export function maskSecret(line: Line): Line {
  const [, command] = AUTH_SECRET.exec(line.text) ?? []
  if (command === undefined) return line
  const text = `${command}${SECRET}`
  return { text, bytes: Buffer.from(`${text}\r\n`), size: line.size }
}
