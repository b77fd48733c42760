/**
 * The content of a message on the wire (RFC 5321, section 4.5.2): its last line is a dot, and other lines that begin with a dot
 * have one more.
 */
import { Excerpt } from '../../dissector.ts'

const END = Buffer.from('\r\n.\r\n')
const TAIL_LENGTH = END.length - 1
const DOT_LINE_START = Buffer.from('\r\n.')
/** The bytes of `END` that are not part of the message: its first CRLF ends the last line. */
const TERMINATOR_LENGTH = 3

export class ContentReader {
  readonly excerpt = new Excerpt()
  /** The last bytes of the previous chunk. At first the CRLF of the DATA command, because the first line can be a dot. */
  #tail: Uint8Array = Buffer.from('\r\n')
  #dotLines = 0
  #isComplete = false

  /** Takes the next bytes; returns those that follow the content once it is complete. */
  push(bytes: Uint8Array): Uint8Array | undefined {
    const length = this.#lengthToEnd(bytes)
    this.#addContent(bytes.subarray(0, length))
    if (length !== undefined) {
      this.#isComplete = true
      return bytes.subarray(length)
    }
    this.#tail = Buffer.concat([this.#tail, bytes.subarray(-TAIL_LENGTH)]).subarray(-TAIL_LENGTH)
    return undefined
  }

  /** The size of the message before dot-stuffing; of an incomplete message, the bytes received so far. */
  get messageSize(): number {
    if (!this.#isComplete) return this.excerpt.size
    // Every line that begins with a dot has one more on the wire; the last of these lines is the terminator.
    return this.excerpt.size - TERMINATOR_LENGTH - (this.#dotLines - 1)
  }

  #addContent(bytes: Uint8Array): void {
    this.excerpt.add(bytes)
    const boundary = Buffer.concat([
      this.#tail.subarray(1 - DOT_LINE_START.length),
      bytes.subarray(0, DOT_LINE_START.length - 1),
    ])
    this.#dotLines += count(boundary, DOT_LINE_START) + count(bytes, DOT_LINE_START)
  }

  /** The terminator can begin in the previous chunk. The new chunk can be large, so it is not copied. */
  #lengthToEnd(bytes: Uint8Array): number | undefined {
    const atBoundary = Buffer.concat([this.#tail, bytes.subarray(0, TAIL_LENGTH)]).indexOf(END)
    if (atBoundary >= 0) return atBoundary + END.length - this.#tail.length
    const index = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).indexOf(END)
    return index < 0 ? undefined : index + END.length
  }

  /** Takes bytes of a BDAT chunk, which has no terminator. */
  add(bytes: Uint8Array): void {
    this.excerpt.add(bytes)
  }
}

function count(bytes: Uint8Array, pattern: Uint8Array): number {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let matches = 0
  let index = buffer.indexOf(pattern)
  while (index >= 0) {
    matches += 1
    index = buffer.indexOf(pattern, index + pattern.length)
  }
  return matches
}

/** Describes a message by its size and its Subject. */
export function describeContent(bytes: Uint8Array, size: number): string {
  const text = Buffer.from(bytes).toString('utf8')
  const header = text.replace(/\r?\n\r?\n[\s\S]*$/, '')
  const subject = /^subject:[ \t]*(\S.*)$/im.exec(header)?.[1]?.trimEnd()
  return `${size} bytes of mail${subject === undefined ? '' : `, Subject: ${subject}`}`
}
