/** The body of an HTTP/1.x message: its framing (RFC 9112, section 6.3), and a reader for each that removes the framing. */
import type { Head } from './head.ts'

/** Receives content in pieces. */
export type ContentListener = (bytes: Uint8Array) => void

/** Reads one body. */
export interface BodyReader {
  /** Takes bytes up to the end of the body; returns their number. */
  take(bytes: Uint8Array, content: ContentListener): number
  readonly done: boolean
  /** Why the framing is invalid; the reader then takes no more bytes. */
  readonly failure: string | undefined
  /** The value of Content-Length. */
  readonly declaredLength: number | undefined
  /** True if the body ends with the connection. */
  readonly untilClose: boolean
}

/** Bounds of a chunk's size line and of the whole trailer section. */
const MAX_CHUNK_LINE_BYTES = 4096
const MAX_TRAILER_BYTES = 64 * 1024

const NO_CONTENT_STATUS = new Set([204, 304])

/**
 * Creates the reader for the body after this head. Returns undefined if there is no body.
 *
 * @param method the method of the request, which this head is or responds to
 */
export function createBodyReader(head: Head, method: string | undefined): BodyReader | undefined {
  const { status } = head
  const isResponse = status !== undefined
  if (isResponse && (method === 'HEAD' || status < 200 || NO_CONTENT_STATUS.has(status))) return undefined
  const codings = head.field('transfer-encoding')
  if (codings !== undefined) {
    if (/(?:^|[, \t])chunked$/i.test(codings)) return new ChunkedBody()
    return isResponse ? new BodyUntilClose() : new BadBody('a request whose last transfer coding is not chunked')
  }
  const length = head.field('content-length')
  if (length === undefined) return isResponse ? new BodyUntilClose() : undefined
  const announced = parseLength(length)
  if (announced === undefined) return new BadBody('a Content-Length that is not one number')
  return announced === 0 ? undefined : new SizedBody(announced)
}

/** RFC 9112, section 6.3: a list of equal numbers is that number; any other list is an error. */
function parseLength(value: string): number | undefined {
  const [first = '', ...others] = value.split(',').map(item => item.trim())
  if (!/^\d{1,15}$/.test(first) || others.some(other => other !== first)) return undefined
  return Number(first)
}

class SizedBody implements BodyReader {
  readonly declaredLength: number
  readonly untilClose = false
  readonly failure = undefined
  #left: number

  constructor(size: number) {
    this.declaredLength = size
    this.#left = size
  }

  get done(): boolean {
    return this.#left === 0
  }

  take(bytes: Uint8Array, content: ContentListener): number {
    const used = Math.min(bytes.length, this.#left)
    content(bytes.subarray(0, used))
    this.#left -= used
    return used
  }
}

class BodyUntilClose implements BodyReader {
  readonly untilClose = true
  readonly declaredLength = undefined
  readonly failure = undefined
  readonly done = false

  take(bytes: Uint8Array, content: ContentListener): number {
    content(bytes)
    return bytes.length
  }
}

class BadBody implements BodyReader {
  readonly untilClose = false
  readonly declaredLength = undefined
  readonly done = false
  readonly failure: string

  constructor(failure: string) {
    this.failure = failure
  }

  take(): number {
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
  #left = 0
  #line = ''
  #trailerBytes = 0

  take(bytes: Uint8Array, content: ContentListener): number {
    let used = 0
    while (used < bytes.length && !this.done && this.failure === undefined) {
      const rest = bytes.subarray(used)
      used += this.#part === 'data' ? this.#takeData(rest, content) : this.#takeLine(rest)
    }
    return used
  }

  #takeData(bytes: Uint8Array, content: ContentListener): number {
    const used = Math.min(bytes.length, this.#left)
    content(bytes.subarray(0, used))
    this.#left -= used
    if (this.#left === 0) this.#part = 'data-end'
    return used
  }

  #takeLine(bytes: Uint8Array): number {
    const lf = bytes.indexOf(0x0a)
    const used = lf === -1 ? bytes.length : lf + 1
    if (this.#line.length + used > MAX_CHUNK_LINE_BYTES) {
      this.failure = `a chunk line longer than ${MAX_CHUNK_LINE_BYTES} bytes`
      return used
    }
    this.#line += Buffer.from(bytes.subarray(0, used)).toString('latin1')
    if (lf !== -1) {
      const line = this.#line.replace(/\r?\n$/, '')
      this.#line = ''
      this.#endLine(line)
    }
    return used
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
    this.#left = Number.parseInt(size, 16)
    this.#part = this.#left === 0 ? 'trailer' : 'data'
  }

  #endTrailer(line: string): void {
    this.#trailerBytes += line.length
    if (line === '') this.done = true
    else if (this.#trailerBytes > MAX_TRAILER_BYTES) this.failure = `trailers longer than ${MAX_TRAILER_BYTES} bytes`
  }
}
