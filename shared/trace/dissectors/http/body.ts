/** Readers of HTTP/1.x message bodies, one for each framing of RFC 9112, section 6.3. They remove the framing. Pure. */
import type { Head } from './head.ts'

/** Receives the content in chunks. */
export type ContentListener = (bytes: Uint8Array) => void

export interface BodyReader {
  /** Consumes bytes up to the end of the body; returns their number. */
  consume(bytes: Uint8Array, content: ContentListener): number
  readonly done: boolean
  /** Why the framing is invalid; the reader then consumes no more bytes. */
  readonly failure: string | undefined
  /** The value of Content-Length. */
  readonly declaredLength: number | undefined
  /** True if the body ends with the connection. */
  readonly untilClose: boolean
}

/** Bounds the line before a chunk, with its extensions. */
const MAX_CHUNK_LINE_BYTES = 4096
/** Bounds the trailer section. */
const MAX_TRAILER_BYTES = 64 * 1024

const NO_CONTENT_STATUS = new Set([204, 304])

/**
 * Creates the reader of the body after a head. Returns undefined if the message has no body.
 *
 * @param method the method of the request or, for the head of a response, of its request
 */
export function createBodyReader(head: Head, method: string | undefined): BodyReader | undefined {
  const { status } = head
  const isResponse = status !== undefined
  if (isResponse && (method === 'HEAD' || status < 200 || NO_CONTENT_STATUS.has(status))) return undefined
  const codings = head.field('transfer-encoding')
  if (codings !== undefined) {
    if (/(?:^|[, \t])chunked$/i.test(codings)) return new ChunkedBody()
    return isResponse ? new BodyUntilClose() : new InvalidBody('a request whose last transfer coding is not chunked')
  }
  const length = head.field('content-length')
  if (length === undefined) return isResponse ? new BodyUntilClose() : undefined
  const declared = parseLength(length)
  if (declared === undefined) return new InvalidBody('a Content-Length that is not one number')
  return declared === 0 ? undefined : new SizedBody(declared)
}

/** RFC 9112, section 6.3: a list of equal numbers is that number; any other list is an error. */
function parseLength(value: string): number | undefined {
  const [first = '', ...more] = value.split(',').map(item => item.trim())
  if (!/^\d{1,15}$/.test(first) || more.some(item => item !== first)) return undefined
  return Number(first)
}

class SizedBody implements BodyReader {
  readonly declaredLength: number
  readonly untilClose = false
  readonly failure = undefined
  #remaining: number

  constructor(size: number) {
    this.declaredLength = size
    this.#remaining = size
  }

  get done(): boolean {
    return this.#remaining === 0
  }

  consume(bytes: Uint8Array, content: ContentListener): number {
    const consumed = Math.min(bytes.length, this.#remaining)
    content(bytes.subarray(0, consumed))
    this.#remaining -= consumed
    return consumed
  }
}

class BodyUntilClose implements BodyReader {
  readonly untilClose = true
  readonly declaredLength = undefined
  readonly failure = undefined
  readonly done = false

  consume(bytes: Uint8Array, content: ContentListener): number {
    content(bytes)
    return bytes.length
  }
}

class InvalidBody implements BodyReader {
  readonly untilClose = false
  readonly declaredLength = undefined
  readonly done = false
  readonly failure: string

  constructor(failure: string) {
    this.failure = failure
  }

  consume(): number {
    return 0
  }
}

/** RFC 9112, section 7.1. Ignores chunk extensions and trailer fields. */
class ChunkedBody implements BodyReader {
  readonly untilClose = false
  readonly declaredLength = undefined
  done = false
  failure: string | undefined
  #part: 'size' | 'data' | 'data-end' | 'trailer' = 'size'
  #remaining = 0
  #line = ''
  #trailerBytes = 0

  consume(bytes: Uint8Array, content: ContentListener): number {
    let consumed = 0
    while (consumed < bytes.length && !this.done && this.failure === undefined) {
      const rest = bytes.subarray(consumed)
      consumed += this.#part === 'data' ? this.#consumeData(rest, content) : this.#consumeLine(rest)
    }
    return consumed
  }

  #consumeData(bytes: Uint8Array, content: ContentListener): number {
    const consumed = Math.min(bytes.length, this.#remaining)
    content(bytes.subarray(0, consumed))
    this.#remaining -= consumed
    if (this.#remaining === 0) this.#part = 'data-end'
    return consumed
  }

  #consumeLine(bytes: Uint8Array): number {
    const lf = bytes.indexOf(0x0a)
    const consumed = lf === -1 ? bytes.length : lf + 1
    if (this.#line.length + consumed > MAX_CHUNK_LINE_BYTES) {
      this.failure = `a chunk line longer than ${MAX_CHUNK_LINE_BYTES} bytes`
      return consumed
    }
    this.#line += Buffer.from(bytes.subarray(0, consumed)).toString('latin1')
    if (lf !== -1) {
      const line = this.#line.replace(/\r?\n$/, '')
      this.#line = ''
      this.#endLine(line)
    }
    return consumed
  }

  #endLine(line: string): void {
    if (this.#part === 'size') this.#endSize(line)
    else if (this.#part === 'trailer') this.#endTrailer(line)
    else if (line === '') this.#part = 'size'
    else this.failure = 'a chunk that is longer than its size'
  }

  #endSize(line: string): void {
    const size = /^([0-9A-Fa-f]{1,12})[ \t]*(?:;.*)?$/.exec(line)?.[1]
    if (size === undefined) {
      this.failure = 'a chunk without a size'
      return
    }
    this.#remaining = Number.parseInt(size, 16)
    this.#part = this.#remaining === 0 ? 'trailer' : 'data'
  }

  #endTrailer(line: string): void {
    this.#trailerBytes += line.length
    if (line === '') this.done = true
    else if (this.#trailerBytes > MAX_TRAILER_BYTES) this.failure = `trailers longer than ${MAX_TRAILER_BYTES} bytes`
  }
}
