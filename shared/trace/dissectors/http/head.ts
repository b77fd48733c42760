/**
 * The head of an HTTP/1.x message (RFC 9112, section 2.1): start line, header fields, empty line. Collects it line by line
 * within a bound and masks the values of secret fields.
 */
import type { Direction } from '../../dissector.ts'

/** Bound of a head; a longer one is an error. */
export const MAX_HEAD_BYTES = 64 * 1024
/** No method is longer: without a space in so many bytes, it is not a request line. */
const MAX_METHOD_BYTES = 32

/** Fields whose values are masked. */
export const SECRET_FIELDS: ReadonlySet<string> = new Set([
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
])

// The start lines of RFC 9112, sections 3 and 4; the reason phrase may be missing, with or without its space.
// The preface of HTTP/2 looks like a request line (RFC 9113, section 3.4).
const START_LINE: Record<Direction, RegExp> = {
  request: /^(?:(?<method>[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,32}) +(?<target>\S+) HTTP\/1\.\d|PRI \* HTTP\/2\.0)$/,
  response: /^HTTP\/1\.\d (?<status>\d{3})(?: .*)?$/,
}

/** Matches the beginning of a line that can still become a start line. */
const START_OF_LINE: Record<Direction, RegExp> = {
  request: /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,32}(?: |$)/,
  response: /^(?:HTTP\/1\.|HTTP\/1$|HTTP\/$|HTTP$|HTT$|HT$|H$)/,
}

export const HTTP2_PREFACE = 'PRI * HTTP/2.0'

export interface Head {
  /** Without the line ending; credentials in the target are masked. */
  readonly startLine: string
  /** Undefined for a response. */
  readonly method: string | undefined
  /** Undefined for a request. */
  readonly status: number | undefined
  /** The bytes on the wire, secrets masked. */
  readonly bytes: Uint8Array
  /** The number of bytes on the wire. */
  readonly size: number
  /** Returns all values of a field, joined as a list. `name` is in lower case. */
  field(name: string): string | undefined
}

/** Collects a head from pieces of any size. */
export class HeadCollector {
  readonly #direction: Direction
  readonly #lines: string[] = []
  #line = new LineBuffer()
  #size = 0
  /** The head, once its empty line has arrived. */
  head: Head | undefined
  /** Why this is not a head; the collector then takes no more bytes. */
  failure: string | undefined

  constructor(direction: Direction) {
    this.#direction = direction
  }

  /** True after the first byte and before the end of the head. */
  get isIncomplete(): boolean {
    return this.#size > 0 && this.head === undefined
  }

  /** Takes bytes up to the end of the head; returns their number. */
  take(bytes: Uint8Array): number {
    let used = 0
    while (used < bytes.length && this.head === undefined && this.failure === undefined) {
      const lf = bytes.indexOf(0x0a, used)
      const end = lf === -1 ? bytes.length : lf + 1
      this.#add(bytes.subarray(used, end), lf !== -1)
      used = end
    }
    return used
  }

  #add(piece: Uint8Array, complete: boolean): void {
    this.#size += piece.length
    this.#line.add(piece.subarray(0, MAX_HEAD_BYTES))
    if (this.#lines.length === 0) this.#checkStart(this.#line.peek(MAX_METHOD_BYTES + 1))
    if (this.failure !== undefined) return
    if (this.#size > MAX_HEAD_BYTES) this.failure = `a ${this.#direction} head longer than ${MAX_HEAD_BYTES} bytes`
    else if (complete) this.#endLine(this.#line.take())
  }

  #endLine(line: string): void {
    const empty = line === '\n' || line === '\r\n'
    if (this.#lines.length === 0) {
      // RFC 9112, section 2.2: a recipient ignores empty lines before a start line.
      if (empty) this.#size = 0
      else if (START_LINE[this.#direction].test(withoutEnding(line))) this.#lines.push(line)
      else this.failure = `not HTTP/1.x: a ${this.#direction} line was expected`
    } else if (empty) {
      this.head = readHead(this.#direction, this.#lines, line, this.#size)
    } else {
      this.#lines.push(line)
    }
  }

  #checkStart(begun: string): void {
    if (/^\r?\n?$/.test(begun) || START_OF_LINE[this.#direction].test(begun)) return
    this.failure = `not HTTP/1.x: a ${this.#direction} line was expected`
  }
}

/** An incomplete line. The buffer doubles as it grows, so that a line in single bytes is not copied for each. */
class LineBuffer {
  #bytes = Buffer.allocUnsafe(256)
  #length = 0

  add(piece: Uint8Array): void {
    const needed = this.#length + piece.length
    if (needed > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2))
      this.#bytes.copy(larger, 0, 0, this.#length)
      this.#bytes = larger
    }
    this.#bytes.set(piece, this.#length)
    this.#length = needed
  }

  peek(length: number): string {
    return this.#bytes.toString('latin1', 0, Math.min(length, this.#length))
  }

  take(): string {
    const line = this.peek(this.#length)
    this.#length = 0
    return line
  }
}

function readHead(direction: Direction, lines: readonly string[], emptyLine: string, size: number): Head {
  const [first = '', ...rest] = lines
  const startLine = maskTarget(first)
  const fields = parseFields(rest)
  const { method, status } = START_LINE[direction].exec(withoutEnding(first))?.groups ?? {}
  return {
    startLine: Buffer.from(withoutEnding(startLine), 'latin1').toString('utf8'),
    method,
    status: status === undefined ? undefined : Number(status),
    bytes: Buffer.from([startLine, ...maskFields(rest), emptyLine].join(''), 'latin1'),
    size,
    field: name => fields.get(name)?.join(', '),
  }
}

function parseFields(lines: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const fields = new Map<string, string[]>()
  for (const line of lines) {
    const colon = line.indexOf(':')
    if (colon <= 0 || isContinuation(line)) continue
    const name = line.slice(0, colon).trimEnd().toLowerCase()
    const values = fields.get(name)
    const value = line.slice(colon + 1).trim()
    if (values) values.push(value)
    else fields.set(name, [value])
  }
  return fields
}

/** Masks the values of secret fields, with their continuation lines (RFC 9112, section 5.2). */
function maskFields(lines: readonly string[]): string[] {
  let secret = false
  return lines.map(line => {
    const continued = isContinuation(line)
    if (!continued) secret = SECRET_FIELDS.has((line.split(':', 1)[0] ?? '').trim().toLowerCase())
    if (!secret) return line
    return continued ? ` ***${endingOf(line)}` : `${line.slice(0, line.indexOf(':') + 1)} ***${endingOf(line)}`
  })
}

/** An absolute target can contain a user and a password (RFC 9110, section 4.2.4). */
function maskTarget(startLine: string): string {
  return startLine.replace(/^(\S+ +(?:[A-Za-z][A-Za-z0-9+.-]*:)?(?:\/\/)?)[^/?#\s]*@/, '$1***@')
}

function isContinuation(line: string): boolean {
  return line.startsWith(' ') || line.startsWith('\t')
}

function endingOf(line: string): string {
  return line.endsWith('\r\n') ? '\r\n' : '\n'
}

function withoutEnding(line: string): string {
  return line.slice(0, line.length - endingOf(line).length)
}
