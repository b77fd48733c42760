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

  get left(): number {
    return this.#tokens.length - this.#next
  }

  /** The next token, without consuming it. */
  get peek(): Token | undefined {
    return this.#tokens[this.#next]
  }

  /**
   * Consumes the next token.
   *
   * @param what name of the field, for the error message
   * @throws ParseError if there are no more tokens
   */
  take(what: string): Token {
    const word = this.#tokens[this.#next++]
    if (!word) throw new ParseError(`the ${what} is missing`)
    return word
  }

  /** Consumes the next token; returns its text. */
  text(what: string): string {
    return this.take(what).text
  }

  /**
   * Consumes all remaining tokens, at least one. Joins them, since blanks may split long data (RFC 4034, section 2.2).
   */
  rest(what: string): string {
    let all = this.text(what)
    while (this.left > 0) all += this.text(what)
    return all
  }

  /**
   * Consumes a name.
   *
   * @throws NameError if it is invalid
   */
  name(what: string): string {
    const text = this.text(what)
    return text === '@' ? this.#origin : parseName(text, this.#origin)
  }
}
