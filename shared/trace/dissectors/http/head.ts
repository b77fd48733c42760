/**
 * Collects the head of an HTTP/1.x message (RFC 9112, section 2.1): start line, header fields, empty line. Pure.
 */
import type { Direction } from '../../dissector.ts'

/** Bounds a head. */
export const MAX_HEAD_BYTES = 64 * 1024
/** Bounds a method: a line without a space in so many bytes is not a request line. */
const MAX_METHOD_BYTES = 32

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

const HTTP2_PREFACE = 'PRI * HTTP/2.0'

export interface Head {
  readonly isHttp2Preface: boolean
  /** Undefined for a response. */
  readonly method: string | undefined
  /** Undefined for a request. */
  readonly status: number | undefined
  /** The bytes on the wire, one character for each. Secrets are not masked. */
  readonly text: string
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
      this.head = parseHead(this.#direction, this.#lines, line)
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

function parseHead(direction: Direction, lines: readonly string[], emptyLine: string): Head {
  const [first = '', ...rest] = lines
  const { method, status } = START_LINE[direction].exec(withoutEnding(first))?.groups ?? {}
  const fields = parseFields(rest)
  return {
    isHttp2Preface: withoutEnding(first) === HTTP2_PREFACE,
    method,
    status: status === undefined ? undefined : Number(status),
    text: [...lines, emptyLine].join(''),
    field: name => fields.get(name)?.join(', '),
  }
}

/** Returns the values of each field by its name in lower case; ignores lines that continue a value. */
export function parseFields(lines: readonly string[]): ReadonlyMap<string, readonly string[]> {
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

export function isContinuation(line: string): boolean {
  return line.startsWith(' ') || line.startsWith('\t')
}

export function endingOf(line: string): string {
  return line.endsWith('\r\n') ? '\r\n' : '\n'
}

export function withoutEnding(line: string): string {
  return line.slice(0, line.length - endingOf(line).length)
}
