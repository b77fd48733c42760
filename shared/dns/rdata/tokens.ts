/** Reads the tokens of a record's RDATA in a master file (RFC 1035, section 5.1). */
import { parseName } from '../name.ts'

/** One token of a master file. */
export interface Token {
  /** As in the file, with escapes, without quotes. */
  readonly text: string
  readonly quoted: boolean
  /** True if no blank precedes it: `alpn="h2"` is two tokens. */
  readonly joined: boolean
}

/** Syntax error in presentation format. The caller adds the file and the line. */
export class ParseError extends Error {
  override readonly name = 'ParseError'
}

export class TokenReader {
  readonly #tokens: readonly Token[]
  readonly #origin: string
  #next: number

  /** @param origin appended to relative names */
  constructor(tokens: readonly Token[], origin: string, start = 0) {
    this.#tokens = tokens
    this.#origin = origin
    this.#next = start
  }

  get remaining(): number {
    return this.#tokens.length - this.#next
  }

  /** The next token, without consuming it. */
  get peek(): Token | undefined {
    return this.#tokens[this.#next]
  }

  /**
   * Consumes the next token.
   *
   * @param field its name, for the error message
   * @throws ParseError if there are no more tokens
   */
  take(field: string): Token {
    const word = this.#tokens[this.#next++]
    if (!word) throw new ParseError(`the ${field} is missing`)
    return word
  }

  /** Consumes the next token; returns its text. */
  text(field: string): string {
    return this.take(field).text
  }

  /**
   * Consumes all remaining tokens, at least one. Joins them, since blanks may split long data (RFC 4034, section 2.2).
   */
  rest(field: string): string {
    let all = this.text(field)
    while (this.remaining > 0) all += this.text(field)
    return all
  }

  /**
   * Consumes a name.
   *
   * @throws NameError if it is invalid
   */
  name(field: string): string {
    const text = this.text(field)
    return text === '@' ? this.#origin : parseName(text, this.#origin)
  }
}
