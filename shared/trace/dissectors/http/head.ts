/**
 * Collects the head of an HTTP/1.x message (RFC 9112, section 2.1): start line, header fields, empty line. Masks the values of
 * secret fields. Pure.
 */
import type { Direction } from '../../dissector.ts'

/** Bounds a head. */
export const MAX_HEAD_BYTES = 64 * 1024
/** Bounds a method: a line without a space in so many bytes is not a request line. */
const MAX_METHOD_BYTES = 32

/** Names of the fields whose values are masked. */
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

/** Matches the beginning of a start line. */
const BEGINNING_OF_START_LINE: Record<Direction, RegExp> = {
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

/** Collects a head from chunks of any size. */
export class HeadCollector {
  readonly #direction: Direction
  readonly #lines: string[] = []
  #line = new LineBuffer()
  #size = 0
  /** Defined after the empty line. */
  head: Head | undefined
  /** Why this is not a head; the collector then consumes no more bytes. */
  failure: string | undefined

  constructor(direction: Direction) {
    this.#direction = direction
  }

  /** True after the first byte and before the end of the head. */
  get isIncomplete(): boolean {
    return this.#size > 0 && this.head === undefined
  }

  /** Consumes bytes up to the end of the head; returns their number. */
  consume(bytes: Uint8Array): number {
    let consumed = 0
    while (consumed < bytes.length && this.head === undefined && this.failure === undefined) {
      const lf = bytes.indexOf(0x0a, consumed)
      const end = lf === -1 ? bytes.length : lf + 1
      this.#add(bytes.subarray(consumed, end), lf !== -1)
      consumed = end
    }
    return consumed
  }

  #add(chunk: Uint8Array, isLineComplete: boolean): void {
    this.#size += chunk.length
    this.#line.add(chunk.subarray(0, MAX_HEAD_BYTES))
    if (this.#lines.length === 0) this.#checkStart(this.#line.peek(MAX_METHOD_BYTES + 1))
    if (this.failure !== undefined) return
    if (this.#size > MAX_HEAD_BYTES) this.failure = `a ${this.#direction} head longer than ${MAX_HEAD_BYTES} bytes`
    else if (isLineComplete) this.#endLine(this.#line.flush())
  }

  #endLine(line: string): void {
    const isEmpty = line === '\n' || line === '\r\n'
    if (this.#lines.length === 0) {
      // RFC 9112, section 2.2: a recipient ignores empty lines before a start line.
      if (isEmpty) this.#size = 0
      else if (START_LINE[this.#direction].test(withoutEnding(line))) this.#lines.push(line)
      else this.failure = `not HTTP/1.x: a ${this.#direction} line was expected`
    } else if (isEmpty) {
      this.head = parseHead(this.#direction, this.#lines, line, this.#size)
    } else {
      this.#lines.push(line)
    }
  }

  #checkStart(beginning: string): void {
    if (/^\r?\n?$/.test(beginning) || BEGINNING_OF_START_LINE[this.#direction].test(beginning)) return
    this.failure = `not HTTP/1.x: a ${this.#direction} line was expected`
  }
}

/** An incomplete line. The buffer doubles when it is full, so that a line in single bytes is not copied for each byte. */
class LineBuffer {
  #bytes = Buffer.allocUnsafe(256)
  #length = 0

  add(chunk: Uint8Array): void {
    const needed = this.#length + chunk.length
    if (needed > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2))
      this.#bytes.copy(larger, 0, 0, this.#length)
      this.#bytes = larger
    }
    this.#bytes.set(chunk, this.#length)
    this.#length = needed
  }

  peek(length: number): string {
    return this.#bytes.toString('latin1', 0, Math.min(length, this.#length))
  }

  flush(): string {
    const line = this.peek(this.#length)
    this.#length = 0
    return line
  }
}

function parseHead(direction: Direction, lines: readonly string[], emptyLine: string, size: number): Head {
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
  let isSecret = false
  return lines.map(line => {
    const isContinued = isContinuation(line)
    if (!isContinued) isSecret = SECRET_FIELDS.has((line.split(':', 1)[0] ?? '').trim().toLowerCase())
    if (!isSecret) return line
    return isContinued ? ` ***${endingOf(line)}` : `${line.slice(0, line.indexOf(':') + 1)} ***${endingOf(line)}`
  })
}

/** Masks the user and password of an absolute target (RFC 9110, section 4.2.4). */
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
