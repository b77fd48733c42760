/** A message's content on the wire (RFC 5321, section 4.5.2): to the dot that stands alone on a line. */
import { Excerpt } from '../../dissector.ts'

const END = Buffer.from('\r\n.\r\n')
const KEPT = END.length - 1

export class ContentReader {
  readonly excerpt = new Excerpt()
  /** The last bytes seen. The CRLF before the content is that of the DATA command: a lone dot can be its first line. */
  #tail: Uint8Array = Buffer.from('\r\n')

  /** Takes the next bytes; returns what follows the content once it is complete. */
  push(bytes: Uint8Array): Uint8Array | undefined {
    const length = this.#lengthToEnd(bytes)
    this.excerpt.add(bytes.subarray(0, length))
    if (length !== undefined) return bytes.subarray(length)
    this.#tail = Buffer.concat([this.#tail, bytes.subarray(-KEPT)]).subarray(-KEPT)
    return undefined
  }

  /** The end may have begun in the bytes before. The new ones, which may be many, are not copied to find it. */
  #lengthToEnd(bytes: Uint8Array): number | undefined {
    const seam = Buffer.concat([this.#tail, bytes.subarray(0, KEPT)]).indexOf(END)
    if (seam >= 0) return seam + END.length - this.#tail.length
    const found = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).indexOf(END)
    return found < 0 ? undefined : found + END.length
  }

  /** Takes bytes that end where their count says, not at a dot. */
  add(bytes: Uint8Array): void {
    this.excerpt.add(bytes)
  }
}

/** How much it is, and what about: the Subject is read from the header's lines as they stand. */
export function describeContent(bytes: Uint8Array, size: number): string {
  const text = Buffer.from(bytes).toString('utf8')
  const header = text.replace(/\r?\n\r?\n[\s\S]*$/, '')
  const subject = /^subject:[ \t]*(\S.*)$/im.exec(header)?.[1]?.trimEnd()
  return `${size} bytes of mail${subject === undefined ? '' : `, Subject: ${subject}`}`
}
