/** Command lines and replies of FTP (RFC 959, sections 4.2 and 5.3). */
import { Excerpt, singleLine } from '../../dissector.ts'
import type { Description } from '../../lazy-message.ts'
import { type Line, LineReader } from '../line-reader.ts'

const LF = 0x0a
const CR = 0x0d
const DIGIT_0 = 0x30
const UPPER_A = 0x41
const UPPER_Z = 0x5a
const LOWER_A = 0x61
const LOWER_Z = 0x7a
/** Begins a Telnet command. */
const IAC = 0xff
const WILL = 0xfb
const DONT = 0xfe

/** Maximum length of ABOR with the Telnet commands before it. */
const MAX_ABOR_BYTES = 16

/** Reads command lines, without the Telnet commands in them. */
export function createCommandReader(): LineReader {
  return new LineReader(decodeTelnet, findCommandEnd)
}

/** Reads the lines of replies. */
export function createReplyLineReader(): LineReader {
  return new LineReader(decodeTelnet)
}

/**
 * Clients send ABOR as urgent data (RFC 959, section 4.1.3), and TCP then removes the last byte, the LF, from the stream. So
 * ABOR ends with its CR; an LF after it ends an empty line.
 */
function findCommandEnd(bytes: Uint8Array, started: Excerpt): number {
  let before = telnetBefore(started.bytes)
  for (let index = 0; index < bytes.length; index += 1) {
    const byte = bytes[index]
    const isOption = before === 'option'
    before = nextTelnet(before, byte)
    // A server removes it: the line continues, also that of a PASS.
    if (isOption) continue
    if (byte === LF || (byte === CR && isAbor(started, bytes, index))) return index
  }
  return -1
}

/** What a byte is if it belongs to a Telnet command (RFC 854): the command after IAC, or the option after WILL to DONT. */
type Telnet = 'text' | 'command' | 'option'

function telnetBefore(bytes: Uint8Array): Telnet {
  let before: Telnet = 'text'
  for (const byte of bytes) before = nextTelnet(before, byte)
  return before
}

function nextTelnet(before: Telnet, byte: number | undefined): Telnet {
  if (before === 'command' && byte !== undefined && byte >= WILL && byte <= DONT) return 'option'
  return before === 'text' && byte === IAC ? 'command' : 'text'
}

/** @param length the number of bytes before the CR */
function isAbor(started: Excerpt, bytes: Uint8Array, length: number): boolean {
  if (started.size + length > MAX_ABOR_BYTES) return false
  const first = (started.size > 0 ? started.bytes : bytes)[0]
  if (first !== IAC && first !== UPPER_A && first !== LOWER_A) return false
  return /^ABOR$/i.test(decodeTelnet(Buffer.concat([started.bytes, bytes.subarray(0, length)])))
}

/** Removes Telnet commands (RFC 854) and the line ending. */
export function decodeTelnet(bytes: Buffer): string {
  if (!bytes.includes(IAC)) return bytes.toString('utf8', 0, endOfText(bytes))
  const line = Buffer.from(bytes).toString('latin1')
  const text = line.replace(/\u00ff(?:[\u00fb-\u00fe][\s\S]|[\u00f0-\u00fa\u00ff])?/g, '').replace(/\r?\n?$/, '')
  return Buffer.from(text, 'latin1').toString('utf8')
}

/** Returns the offset of a CR, an LF, or both, at the end. */
function endOfText(bytes: Uint8Array): number {
  const end = bytes.at(-1) === LF ? bytes.length - 1 : bytes.length
  return end > 0 && bytes[end - 1] === CR ? end - 1 : end
}

/** Returns the verb of a command line that begins with one and has no bare CR, as nearly all do; undefined for others. */
export function plainVerb(text: string): string | undefined {
  const space = text.indexOf(' ')
  const length = space < 0 ? text.length : space
  if (length < 3 || length > 4 || text.includes('\r')) return undefined
  for (let index = 0; index < length; index += 1) if (!isLetter(text.charCodeAt(index))) return undefined
  return text.slice(0, length).toUpperCase()
}

function isLetter(code: number): boolean {
  return (code >= UPPER_A && code <= UPPER_Z) || (code >= LOWER_A && code <= LOWER_Z)
}

/** Commands whose argument is a secret, also if no space follows. Some servers accept a bare CR as a line ending. */
const SECRET_COMMAND = /(?:^|\r)\W*(PASS|ACCT)/i

/** Masks the password of PASS and the account of ACCT. */
export function maskSecret(line: Line): Line {
  const verb = SECRET_COMMAND.exec(line.text)?.[1]
  if (verb === undefined) return line
  const text = `${verb.toUpperCase()} ****`
  return { text, bytes: Buffer.from(`${text}\r\n`), size: line.size }
}

export interface Reply {
  readonly code: number
  /** Without the line ending. */
  readonly firstLine: string
  readonly lineCount: number
  readonly bytes: Uint8Array
  readonly size: number
}

/** The codes of replies begin with 1 to 5 (RFC 959, section 4.2.1). */
const MAX_FIRST_DIGIT = 5

/** Returns the code at the start of a line, and whether a hyphen follows; undefined without a code. */
function parseCode(text: string): { readonly code: number; readonly hasHyphen: boolean } | undefined {
  const [first, second, third] = [digitAt(text, 0), digitAt(text, 1), digitAt(text, 2)]
  if (!(first >= 1 && first <= MAX_FIRST_DIGIT && second >= 0 && third >= 0)) return undefined
  const hasHyphen = text.startsWith('-', 3)
  if (text.length > 3 && !hasHyphen && !text.startsWith(' ', 3)) return undefined
  return { code: 100 * first + 10 * second + third, hasHyphen }
}

/** Without a regular expression, which would take as long as the rest of a reply. Returns -1 for another character. */
function digitAt(text: string, index: number): number {
  const digit = text.charCodeAt(index) - DIGIT_0
  return digit >= 0 && digit <= 9 ? digit : -1
}

/** Assembles the lines of replies. The last line of a reply begins with the reply's code and a space. */
export class ReplyReader {
  #code = 0
  #firstLine = ''
  #lineCount = 0
  #excerpt = new Excerpt()

  /** Takes the next line. Returns the reply that it completes; `invalid` if the line cannot begin a reply. */
  push(line: Line): Reply | 'invalid' | undefined {
    const isFirst = this.#lineCount === 0
    const { text, bytes, size } = line
    const parsed = parseCode(text)
    if (isFirst) {
      if (!parsed) return 'invalid'
      if (!parsed.hasHyphen) return { code: parsed.code, firstLine: text, lineCount: 1, bytes, size }
      this.#code = parsed.code
      this.#firstLine = text
    }
    const isLast = parsed?.code === this.#code && !parsed.hasHyphen
    this.#lineCount += 1
    this.#excerpt.add(bytes, size)
    return isLast ? this.#take() : undefined
  }

  /** Returns the incomplete reply at the end of the connection; undefined if there is none. */
  end(): Reply | undefined {
    return this.#lineCount === 0 ? undefined : this.#take()
  }

  #take(): Reply {
    const { bytes, size } = this.#excerpt
    const lineCount = this.#lineCount
    this.#lineCount = 0
    this.#excerpt = new Excerpt()
    return { code: this.#code, firstLine: this.#firstLine, lineCount, bytes, size }
  }
}

/** Returns the first line, and the number of lines if there are more. */
export function describeReply({
  firstLine,
  lineCount,
  bytes,
}: Pick<Reply, 'firstLine' | 'lineCount' | 'bytes'>): Description {
  return { summary: `${singleLine(firstLine)}${lineCount === 1 ? '' : ` (${lineCount} lines)`}`, bytes }
}
