/** Assembles lines from chunks of any size, for protocols of command lines and replies. */
import { Excerpt, MAX_EVENT_BYTES } from '../dissector.ts'

/** A line; `bytes` are its first bytes, and `size` counts all of them. */
export interface Line {
  /** The text of `bytes`, without the line ending. */
  readonly text: string
  readonly bytes: Uint8Array
  readonly size: number
}

const LF = 0x0a
const CR = 0x0d
const NO_BYTES = new Uint8Array()
/** Larger chunks are not kept for a line in them: an event can keep the line for long. */
const MAX_KEPT_CHUNK_BYTES = 2 * MAX_EVENT_BYTES

export class LineReader {
  #line = new Excerpt()
  readonly #decode: (bytes: Buffer) => string
  readonly #findEnd: (bytes: Uint8Array, started: Excerpt) => number

  /**
   * @param decode returns the text of a line, without its line ending
   * @param findEnd returns the index of the last byte of the line that has `started`, or -1. By default it is the next LF: a
   *   bare LF ends a line too, because people type into `nc`
   */
  constructor(decode = decodeUtf8, findEnd = (bytes: Uint8Array, _started: Excerpt) => bytes.indexOf(LF)) {
    this.#decode = decode
    this.#findEnd = findEnd
  }

  /** Takes the next bytes. Returns the first complete line and the bytes after it; no line if all bytes were taken. */
  push(bytes: Uint8Array): { line?: Line; rest: Uint8Array } {
    const end = this.#findEnd(bytes, this.#line)
    const length = end < 0 ? bytes.length : end + 1
    if (end >= 0 && this.#line.size === 0 && bytes.length <= MAX_KEPT_CHUNK_BYTES && length <= MAX_EVENT_BYTES) {
      return this.#wholeLine(bytes, length)
    }
    this.#line.add(length === bytes.length ? bytes : bytes.subarray(0, length))
    const rest = length === bytes.length ? NO_BYTES : bytes.subarray(length)
    return end < 0 ? { rest } : { line: this.#take(), rest }
  }

  /** Takes the next bytes. Returns every line that they complete. */
  pushAll(bytes: Uint8Array): Line[] {
    const lines: Line[] = []
    let unread = bytes
    while (unread.length > 0) {
      const { line, rest } = this.push(unread)
      if (line) lines.push(line)
      unread = rest
    }
    return lines
  }

  /** Returns the incomplete line at the end of the connection; undefined if there is none. */
  end(): Line | undefined {
    return this.#line.size === 0 ? undefined : this.#take()
  }

  /** The line is within one small chunk, as most lines are: it is not copied. */
  #wholeLine(bytes: Uint8Array, length: number): { line: Line; rest: Uint8Array } {
    const isWhole = length === bytes.length
    const kept = isWhole && Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, length)
    return { line: new ReceivedLine(kept, length, this.#decode), rest: isWhole ? NO_BYTES : bytes.subarray(length) }
  }

  #take(): Line {
    const { bytes, size } = this.#line
    this.#line = new Excerpt()
    return new ReceivedLine(bytes, size, this.#decode)
  }
}

/** A line that is decoded when its text is read. */
class ReceivedLine implements Line {
  readonly bytes: Buffer
  readonly size: number
  readonly #decode: (bytes: Buffer) => string
  #text: string | undefined

  constructor(bytes: Buffer, size: number, decode: (bytes: Buffer) => string) {
    this.bytes = bytes
    this.size = size
    this.#decode = decode
  }

  get text(): string {
    this.#text ??= this.#decode(this.bytes)
    return this.#text
  }
}

function decodeUtf8(bytes: Buffer): string {
  const length = bytes.at(-1) === LF ? bytes.length - (bytes.at(-2) === CR ? 2 : 1) : bytes.length
  return bytes.toString('utf8', 0, length)
}
