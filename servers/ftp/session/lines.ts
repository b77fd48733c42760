/**
 * Splits the bytes of the control connection into lines, and a line into verb and argument. Commands end with the CRLF of
 * Telnet (RFC 959, section 5.3), so this removes the Telnet commands that clients send before ABOR. A lone LF ends a line too.
 * Pure.
 */
import { Excerpt, MAX_EVENT_BYTES } from '../../../shared/trace/dissector.ts'

/** Maximum length of a command line: that of a path on common systems. */
export const MAX_LINE_BYTES = 4096

/** A line, or the reply to a malformed line. */
export type Line =
  | { readonly kind: 'line'; readonly text: string }
  | { readonly kind: 'invalid'; readonly code: 500 | 501; readonly reason: string }

/** A line on the wire, with its Telnet commands and its line ending, for the trace. */
export interface WireLine {
  /** The first ones. They do not change later. */
  readonly bytes: Uint8Array
  /** The number of all bytes. */
  readonly size: number
}

/** Larger chunks are not kept for a line in them: the trace can keep the line for long. */
const MAX_KEPT_CHUNK_BYTES = 2 * MAX_EVENT_BYTES

const LF = 0x0a
const CR = 0x0d
/** "Interpret as command" (RFC 854): the next byte is a Telnet command if it is SE or above. WILL to DONT have an option. */
const IAC = 0xff
const SE = 0xf0
const WILL = 0xfb
const DONT = 0xfe

const TOO_LONG: Line = { kind: 'invalid', code: 500, reason: `Line longer than ${MAX_LINE_BYTES} bytes` }
const NOT_UTF8: Line = { kind: 'invalid', code: 501, reason: 'Not UTF-8 (RFC 2640)' }
const CONTROL: Line = { kind: 'invalid', code: 501, reason: 'A command cannot hold CR or NUL' }

export class LineReader {
  readonly #line = Buffer.alloc(MAX_LINE_BYTES)
  #length = 0
  #tooLong = false
  /** The kind of the next byte. */
  #expected: 'text' | 'telnet-command' | 'telnet-option' = 'text'
  /** What was received of the next line. */
  #wire = new Excerpt()

  /**
   * Takes the next bytes; returns the lines that they complete, except empty ones.
   *
   * @param onLine called for each of these lines
   */
  push(bytes: Uint8Array, onLine?: (line: Line, wire: WireLine) => void): Line[] {
    const lines: Line[] = []
    let start = 0
    for (let index = 0; index < bytes.length; index++) {
      const byte = bytes[index] as number
      if (this.#takeTelnet(byte)) continue
      if (byte === LF || this.#isUrgentAbort(byte)) {
        const line = this.#endLine()
        const wire = this.#takeWire(bytes, start, index + 1)
        start = index + 1
        if (!line) continue
        lines.push(line)
        onLine?.(line, wire)
      } else if (this.#length < MAX_LINE_BYTES) this.#line[this.#length++] = byte
      else this.#tooLong = true
    }
    if (start < bytes.length) this.#wire.add(bytes.subarray(start))
    return lines
  }

  /** Returns what was received of a line that will not be complete; undefined if there is none. */
  takeIncomplete(): WireLine | undefined {
    const wire = this.#wire
    this.#wire = new Excerpt()
    return wire.size === 0 ? undefined : wire
  }

  /** Most lines are a chunk of their own, which is not copied. */
  #takeWire(chunk: Uint8Array, start: number, end: number): WireLine {
    const bytes = start === 0 && end === chunk.length ? chunk : chunk.subarray(start, end)
    const isKept = chunk.length <= MAX_KEPT_CHUNK_BYTES && bytes.length <= MAX_EVENT_BYTES
    if (isKept && this.#wire.size === 0) return { bytes, size: bytes.length }
    const wire = this.#wire
    wire.add(bytes)
    this.#wire = new Excerpt()
    return wire
  }

  /** Takes the byte if it belongs to a Telnet command; returns false if it is text. */
  #takeTelnet(byte: number): boolean {
    const expected = this.#expected
    this.#expected = 'text'
    if (expected === 'telnet-option') return true
    if (expected === 'telnet-command' && byte >= SE) {
      if (byte >= WILL && byte <= DONT) this.#expected = 'telnet-option'
      return true
    }
    if (byte !== IAC) return false
    this.#expected = 'telnet-command'
    return true
  }

  /**
   * Clients send ABOR as urgent data (RFC 959, section 4.1.3), and TCP then removes the last byte, the LF, from the stream.
   * So ABOR ends with its CR; an LF after it ends an empty line.
   */
  #isUrgentAbort(byte: number): boolean {
    return byte === CR && this.#length === 4 && this.#line.toString('latin1', 0, 4).toUpperCase() === 'ABOR'
  }

  /** Returns undefined for an empty line. */
  #endLine(): Line | undefined {
    const end = this.#length > 0 && this.#line[this.#length - 1] === CR ? this.#length - 1 : this.#length
    const isTooLong = this.#tooLong
    this.#length = 0
    this.#tooLong = false
    if (isTooLong) return TOO_LONG
    return end > 0 ? decode(this.#line.subarray(0, end)) : undefined
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true })

function decode(bytes: Uint8Array): Line {
  if (bytes.includes(CR) || bytes.includes(0)) return CONTROL
  try {
    return { kind: 'line', text: UTF8.decode(bytes) }
  } catch (error) {
    if (error instanceof TypeError) return NOT_UTF8
    throw error
  }
}

export interface CommandLine {
  /** In upper case. */
  readonly verb: string
  /** Everything after the first space, because a file name may begin with a space. */
  readonly argument: string
}

export function parseCommand(line: string): CommandLine {
  const space = line.indexOf(' ')
  if (space < 0) return { verb: line.toUpperCase(), argument: '' }
  return { verb: line.slice(0, space).toUpperCase(), argument: line.slice(space + 1) }
}
