/**
 * The control connection's bytes become lines. RFC 959 (section 5.3) says that commands end with Telnet's CRLF, so Telnet's
 * own signals, which clients send before ABOR, are taken out here; a lone LF is accepted as an end too. Pure.
 */

/** The longest command line. No path on the systems this runs on is longer. */
export const MAX_LINE_BYTES = 4096

/** A line as it came, or the reply to what cannot be a command. */
export type Line =
  | { readonly kind: 'line'; readonly text: string }
  | { readonly kind: 'bad'; readonly code: 500 | 501; readonly why: string }

const LF = 0x0a
const CR = 0x0d
/** RFC 854: "interpret as command"; what follows from SE on is a signal, from WILL to DONT one with an option. */
const IAC = 0xff
const SE = 0xf0
const WILL = 0xfb
const DONT = 0xfe

const TOO_LONG: Line = { kind: 'bad', code: 500, why: `Line longer than ${MAX_LINE_BYTES} bytes` }
const NOT_UTF8: Line = { kind: 'bad', code: 501, why: 'Not UTF-8 (RFC 2640)' }
const CONTROL: Line = { kind: 'bad', code: 501, why: 'A command cannot hold CR or NUL' }

export class LineReader {
  readonly #line = Buffer.alloc(MAX_LINE_BYTES)
  #length = 0
  #tooLong = false
  #telnet: 'text' | 'signal' | 'option' = 'text'

  /** Takes the next bytes; returns the lines that are complete with them. Empty lines are nothing. */
  push(bytes: Uint8Array): Line[] {
    const lines: Line[] = []
    for (const byte of bytes) {
      if (this.#isSignal(byte)) continue
      if (byte === LF || this.#isUrgentAbort(byte)) this.#finish(lines)
      else if (this.#length < MAX_LINE_BYTES) this.#line[this.#length++] = byte
      else this.#tooLong = true
    }
    return lines
  }

  #isSignal(byte: number): boolean {
    const before = this.#telnet
    this.#telnet = 'text'
    if (before === 'option') return true
    if (before === 'signal' && byte >= SE) {
      if (byte >= WILL && byte <= DONT) this.#telnet = 'option'
      return true
    }
    if (byte !== IAC) return false
    this.#telnet = 'signal'
    return true
  }

  /**
   * Clients send ABOR as urgent data (RFC 959, section 4.1.3); TCP then keeps the last byte, the LF, out of the stream.
   * So ABOR is complete at its CR; an LF after it ends an empty line, which is nothing.
   */
  #isUrgentAbort(byte: number): boolean {
    return byte === CR && this.#length === 4 && this.#line.toString('latin1', 0, 4).toUpperCase() === 'ABOR'
  }

  #finish(lines: Line[]): void {
    const ended = this.#length > 0 && this.#line[this.#length - 1] === CR ? this.#length - 1 : this.#length
    if (this.#tooLong) lines.push(TOO_LONG)
    else if (ended > 0) lines.push(decode(this.#line.subarray(0, ended)))
    this.#length = 0
    this.#tooLong = false
  }
}

function decode(bytes: Uint8Array): Line {
  if (bytes.includes(CR) || bytes.includes(0)) return CONTROL
  try {
    return { kind: 'line', text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
  } catch (error) {
    if (error instanceof TypeError) return NOT_UTF8
    throw error
  }
}

/** A command's word in capitals, and what follows its first space, untouched: a file's name may begin with a space. */
export interface Command {
  readonly verb: string
  readonly argument: string
}

export function parseCommand(line: string): Command {
  const space = line.indexOf(' ')
  if (space < 0) return { verb: line.toUpperCase(), argument: '' }
  return { verb: line.slice(0, space).toUpperCase(), argument: line.slice(space + 1) }
}
