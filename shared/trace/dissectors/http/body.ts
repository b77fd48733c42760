/**
 * The body of an HTTP/1.x message: which of the framings of RFC 9112, section 6.3 it has, and a reader for each that
 * hands out the content without the framing.
 */
import type { Head } from './head.ts'

/** Where content goes, piece by piece. */
export type Content = (bytes: Uint8Array) => void

/** Reads one body. */
export interface BodyReader {
  /** Takes bytes up to the end of the body; returns how many it took. */
  take(bytes: Uint8Array, content: Content): number
  readonly done: boolean
  /** Why the framing makes no sense; it takes nothing any more. */
  readonly failure: string | undefined
  /** How much content was announced, where it was. */
  readonly announced: number | undefined
  /** True where the end of the connection is its end. */
  readonly untilClose: boolean
}

/** How long a chunk's size line, and the whole of the trailer section, may be. */
const MAX_CHUNK_LINE_BYTES = 4096
const MAX_TRAILER_BYTES = 64 * 1024

const NO_CONTENT_STATUS = new Set([204, 304])

/**
 * The reader for what follows this head; undefined where nothing does.
 *
 * @param method the method of the request that this head is, or answers
 */
export function bodyOf(head: Head, method: string | undefined): BodyReader | undefined {
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
  const announced = readLength(length)
  if (announced === undefined) return new BadBody('a Content-Length that is not one number')
  return announced === 0 ? undefined : new SizedBody(announced)
}

/** RFC 9112, section 6.3: a list of the same number is that number; anything else is an error. */
function readLength(value: string): number | undefined {
  const [first = '', ...others] = value.split(',').map(one => one.trim())
  if (!/^\d{1,15}$/.test(first) || others.some(other => other !== first)) return undefined
  return Number(first)
}

class SizedBody implements BodyReader {
  readonly announced: number
  readonly untilClose = false
  readonly failure = undefined
  #left: number

  constructor(size: number) {
    this.announced = size
    this.#left = size
  }

  get done(): boolean {
    return this.#left === 0
  }

  take(bytes: Uint8Array, content: Content): number {
    const used = Math.min(bytes.length, this.#left)
    content(bytes.subarray(0, used))
    this.#left -= used
    return used
  }
}

class BodyUntilClose implements BodyReader {
  readonly untilClose = true
  readonly announced = undefined
  readonly failure = undefined
  readonly done = false

  take(bytes: Uint8Array, content: Content): number {
    content(bytes)
    return bytes.length
  }
}

class BadBody implements BodyReader {
  readonly untilClose = false
  readonly announced = undefined
  readonly done = false
  readonly failure: string

  constructor(failure: string) {
    this.failure = failure
  }

  take(): number {
    return 0
  }
}

/** RFC 9112, section 7.1. Chunk extensions and trailer fields are passed over. */
class ChunkedBody implements BodyReader {
  readonly untilClose = false
  readonly announced = undefined
  done = false
  failure: string | undefined
  #part: 'size' | 'data' | 'data-end' | 'trailer' = 'size'
  #left = 0
  #line = ''
  #trailerBytes = 0

  take(bytes: Uint8Array, content: Content): number {
    let used = 0
    while (used < bytes.length && !this.done && this.failure === undefined) {
      const rest = bytes.subarray(used)
      used += this.#part === 'data' ? this.#takeData(rest, content) : this.#takeLine(rest)
    }
    return used
  }

  #takeData(bytes: Uint8Array, content: Content): number {
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
    else this.failure = 'a chunk that does not end where its size says'
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
