/** SMTP's lines and replies, put together from pieces of any size and kept to a bound. */
import { Excerpt } from '../../dissector.ts'

/** A line as it was, cut to the bound of an event. */
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

/** What stands in the place of a secret. */
export const SECRET = '****'

const LF = 0x0a

/** Collects one line after the other. A bare LF ends a line too: people type, and this is told as it came. */
export class LineReader {
  #line = new Excerpt()

  /** The first line that is complete now, and what follows it; without one, all was taken in. */
  push(bytes: Uint8Array): { line?: Line; rest: Uint8Array } {
    const end = bytes.indexOf(LF)
    this.#line.add(end < 0 ? bytes : bytes.subarray(0, end + 1))
    const rest = end < 0 ? bytes.subarray(bytes.length) : bytes.subarray(end + 1)
    return end < 0 ? { rest } : { line: this.#take(), rest }
  }

  /** What was begun when the connection ended; undefined where nothing was. */
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

/** Puts replies together. What is not a reply's line is handed out as strange; a reply begun goes on after it. */
export class ReplyReader {
  readonly #lines = new LineReader()
  #begun: { readonly excerpt: Excerpt; readonly first: string; count: number } | undefined

  push(bytes: Uint8Array): { reply?: Reply; strange?: Line; rest: Uint8Array } {
    const { line, rest } = this.#lines.push(bytes)
    if (!line) return { rest }
    const [, code, separator] = REPLY_LINE.exec(line.text) ?? []
    if (code === undefined) return { strange: line, rest }
    const begun = this.#begun ?? { excerpt: new Excerpt(), first: line.text, count: 0 }
    begun.excerpt.add(line.bytes)
    begun.excerpt.size += line.size - line.bytes.length
    begun.count += 1
    this.#begun = separator === '-' ? begun : undefined
    return separator === '-' ? { rest } : { reply: wholeReply(Number(code), begun), rest }
  }

  /** What was begun of a reply when the connection ended. */
  end(): Line | undefined {
    const line = this.#lines.end()
    const begun = this.#begun
    this.#begun = undefined
    return begun ? { text: begun.first, bytes: begun.excerpt.bytes, size: begun.excerpt.size } : line
  }
}

/** Many lines are told as the first one and how many more there are. */
function wholeReply(
  code: number,
  { excerpt, first, count }: { excerpt: Excerpt; first: string; count: number },
): Reply {
  const opening = `${first.slice(0, 3)} ${first.slice(4)}`.trimEnd()
  const more = count > 1 ? ` (and ${count - 1} more ${count === 2 ? 'line' : 'lines'})` : ''
  return { code, text: `${opening}${more}`, bytes: excerpt.bytes, size: excerpt.size }
}

const AUTH_SECRET = /^(\s*AUTH[\s=]\s*\S+\s+)\S.*$/is

/** Hides the initial response of AUTH (RFC 4954, section 4): it is a password, or as good as one. */
export function maskSecret(line: Line): Line {
  const [, command] = AUTH_SECRET.exec(line.text) ?? []
  if (command === undefined) return line
  const text = `${command}${SECRET}`
  return { text, bytes: Buffer.from(`${text}\r\n`), size: line.size }
}
