/** The content of a message on the wire (RFC 5321, section 4.5.2): it ends with a line that is a dot. */
import { Excerpt } from '../../dissector.ts'

const END = Buffer.from('\r\n.\r\n')
const KEPT = END.length - 1
const LINE_WITH_DOT = Buffer.from('\r\n.')
/** The bytes of `END` that are not part of the message: its first CRLF ends the last line. */
const TERMINATOR_LENGTH = 3

export class ContentReader {
  readonly excerpt = new Excerpt()
  /** The last bytes of the previous chunk; at first the CRLF of the DATA command: the first line can be a dot. */
  #tail: Uint8Array = Buffer.from('\r\n')
  #linesWithDot = 0
  #isComplete = false

  /** Takes the next bytes; returns those that follow the content once it is complete. */
  push(bytes: Uint8Array): Uint8Array | undefined {
    const length = this.#lengthToEnd(bytes)
    this.#addContent(bytes.subarray(0, length))
    if (length !== undefined) {
      this.#isComplete = true
      return bytes.subarray(length)
    }
    this.#tail = Buffer.concat([this.#tail, bytes.subarray(-KEPT)]).subarray(-KEPT)
    return undefined
  }

  /** Bytes of the message, before dot-stuffing. An incomplete message has those received so far. */
  get messageSize(): number {
    if (!this.#isComplete) return this.excerpt.size
    // Every line that begins with a dot has one more on the wire; the last of these lines is the terminator.
    return this.excerpt.size - TERMINATOR_LENGTH - (this.#linesWithDot - 1)
  }

  #addContent(bytes: Uint8Array): void {
    this.excerpt.add(bytes)
    const seam = Buffer.concat([
      this.#tail.subarray(1 - LINE_WITH_DOT.length),
      bytes.subarray(0, LINE_WITH_DOT.length - 1),
    ])
    this.#linesWithDot += count(seam, LINE_WITH_DOT) + count(bytes, LINE_WITH_DOT)
  }

  /** The terminator can begin in the previous chunk. The new chunk can be large, so it is not copied. */
  #lengthToEnd(bytes: Uint8Array): number | undefined {
    const seam = Buffer.concat([this.#tail, bytes.subarray(0, KEPT)]).indexOf(END)
    if (seam >= 0) return seam + END.length - this.#tail.length
    const found = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).indexOf(END)
    return found < 0 ? undefined : found + END.length
  }

  /** Takes bytes of a BDAT chunk, which has no terminator. */
  add(bytes: Uint8Array): void {
    this.excerpt.add(bytes)
  }
}

function count(bytes: Uint8Array, pattern: Uint8Array): number {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let found = 0
  for (let at = buffer.indexOf(pattern); at >= 0; at = buffer.indexOf(pattern, at + pattern.length)) found += 1
  return found
}

/** Describes a message by its size and its Subject. */
export function describeContent(bytes: Uint8Array, size: number): string {
  const text = Buffer.from(bytes).toString('utf8')
  const header = text.replace(/\r?\n\r?\n[\s\S]*$/, '')
  const subject = /^subject:[ \t]*(\S.*)$/im.exec(header)?.[1]?.trimEnd()
  return `${size} bytes of mail${subject === undefined ? '' : `, Subject: ${subject}`}`
}
