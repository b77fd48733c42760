/** Text of a server for a terminal: its escape sequences must not move the cursor, change colors or set the title. Pure. */

/** Control characters, except line feed and tab. A carriage return is a part of a line end, or moves the cursor. */
const CONTROL = /\r(?!\n)|(?![\n\t\r])\p{Cc}/gu

/** Replaces control characters by their codes, such as `\x1b`. */
export function escapeControls(text: string): string {
  return text.replace(CONTROL, character => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`)
}

type Decoder = InstanceType<typeof TextDecoder>

/** Escapes text that arrives in chunks of bytes: a character or a line end can be divided between two. */
export class TerminalText {
  readonly #decoder: Decoder
  #carriageReturn = ''

  /** @param charset of the bytes; UTF-8 if it is missing or not known */
  constructor(charset = 'utf-8') {
    this.#decoder = createDecoder(charset)
  }

  /** Returns the text of a chunk; without one, that of what remains. */
  push(chunk?: Uint8Array): string {
    const decoded = chunk ? this.#decoder.decode(chunk, { stream: true }) : this.#decoder.decode()
    const text = `${this.#carriageReturn}${decoded}`
    this.#carriageReturn = chunk && text.endsWith('\r') ? '\r' : ''
    return escapeControls(this.#carriageReturn === '' ? text : text.slice(0, -1))
  }
}

function createDecoder(charset: string): Decoder {
  try {
    return new TextDecoder(charset)
  } catch {
    return new TextDecoder()
  }
}
