/** Decodes the chunked transfer coding strictly and in any split of the bytes (RFC 9112, section 7.1). Pure. */
import { QUOTED_STRING, TOKEN } from './grammar.ts'
import { MalformedRequest } from './malformed-request.ts'
import { parseFields } from './parse-head.ts'

/** The content that the bytes have so far, and how many of them belong to the body. */
export interface DecodedChunks {
  readonly content: readonly Buffer[]
  /** Bytes of the input that the decoder took; less than all of it only at the end of the body. */
  readonly taken: number
}

/** Bounds the extensions of one chunk; no client is known to send any. */
const MAX_EXTENSION_BYTES = 256
/** Bounds the extensions of a body, which could otherwise be longer than its content. */
const MAX_EXTENSIONS_BYTES = 16 * 1024
/** Bounds the trailer section. */
const MAX_TRAILER_BYTES = 16 * 1024
/** 16 ** 13 is the greatest power below the greatest safe integer. */
const MAX_SIZE_DIGITS = 13

/** Section 7.1.1, with the optional white space that a recipient must accept. */
const EXTENSIONS = new RegExp(`^(?:[ \\t]*;[ \\t]*${TOKEN}(?:[ \\t]*=[ \\t]*(?:${TOKEN}|${QUOTED_STRING}))?)*$`)

type State = 'size' | 'data' | 'data-end' | 'trailers' | 'done'

export class ChunkDecoder {
  #state: State = 'size'
  /** The bytes of an incomplete line, or of the incomplete trailer section, as latin1. */
  #line = ''
  #trailerBytes = 0
  #extensionBytes = 0
  /** Bytes of the current chunk that have not arrived. */
  #remaining = 0

  get isDone(): boolean {
    return this.#state === 'done'
  }

  /**
   * Decodes more bytes. The content is a view of them.
   *
   * @throws MalformedRequest with status 400, 413 or 431; call nothing afterwards
   */
  push(bytes: Buffer): DecodedChunks {
    const content: Buffer[] = []
    let position = 0
    while (position < bytes.length && this.#state !== 'done') {
      if (this.#state === 'data') {
        const end = Math.min(position + this.#remaining, bytes.length)
        content.push(bytes.subarray(position, end))
        this.#remaining -= end - position
        position = end
        if (this.#remaining === 0) this.#state = 'data-end'
      } else {
        position = this.#pushLine(bytes, position)
      }
    }
    return { content, taken: position }
  }

  /** Takes the bytes of a line. Returns the position after them. */
  #pushLine(bytes: Buffer, start: number): number {
    const lineFeed = bytes.indexOf(0x0a, start)
    const end = lineFeed === -1 ? bytes.length : lineFeed + 1
    const bound = this.#state === 'trailers' ? MAX_TRAILER_BYTES : MAX_SIZE_DIGITS + MAX_EXTENSION_BYTES + 2
    // One byte more than allowed is enough for the error.
    this.#line += bytes.toString('latin1', start, Math.min(end, start + bound + 1))
    if (this.#line.length > bound) throw this.#tooLong()
    if (lineFeed === -1) return end
    if (!this.#line.endsWith('\r\n'))
      throw new MalformedRequest(400, `${this.#part()} ends with LF alone, not with CRLF.`)
    const line = this.#line.slice(0, -2)
    this.#line = ''
    this.#takeLine(line)
    return end
  }

  #takeLine(line: string): void {
    if (this.#state === 'size') {
      this.#remaining = this.#parseSize(line)
      this.#state = this.#remaining === 0 ? 'trailers' : 'data'
    } else if (this.#state === 'data-end') {
      if (line !== '') throw new MalformedRequest(400, 'A chunk is longer than its size: CRLF must follow its data.')
      this.#state = 'size'
    } else {
      this.#takeTrailer(line)
    }
  }

  #parseSize(line: string): number {
    const digits = /^[0-9A-Fa-f]+/.exec(line)?.[0]
    if (digits === undefined) throw new MalformedRequest(400, 'The size of a chunk must be a hexadecimal number.')
    if (digits.length > MAX_SIZE_DIGITS) throw new MalformedRequest(413, 'The size of a chunk is too large.')
    const extensions = line.slice(digits.length)
    if (!EXTENSIONS.test(extensions))
      throw new MalformedRequest(400, 'The size or the extension of a chunk is malformed.')
    this.#extensionBytes += extensions.length
    if (this.#extensionBytes > MAX_EXTENSIONS_BYTES)
      throw new MalformedRequest(413, 'The chunk extensions are too long.')
    return Number.parseInt(digits, 16)
  }

  /** Trailer fields are checked and discarded (RFC 9110, section 6.5.1). */
  #takeTrailer(line: string): void {
    if (line === '') {
      this.#state = 'done'
      return
    }
    this.#trailerBytes += line.length + 2
    if (this.#trailerBytes > MAX_TRAILER_BYTES) throw this.#tooLong()
    parseFields(line)
  }

  #tooLong(): MalformedRequest {
    if (this.#state === 'trailers') return new MalformedRequest(431, 'The trailer section is too long.')
    if (this.#state === 'data-end')
      return new MalformedRequest(400, 'A chunk is longer than its size: CRLF must follow its data.')
    if (/^[0-9A-Fa-f]+(?:[ \t;]|$)/.test(this.#line)) return new MalformedRequest(413, 'A chunk extension is too long.')
    return new MalformedRequest(400, 'The size of a chunk must be a hexadecimal number.')
  }

  #part(): string {
    return this.#state === 'trailers' ? 'A trailer field' : 'The line of a chunk'
  }
}
