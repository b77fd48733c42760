/** The words of one record's data as a master file has them (RFC 1035, section 5.1), taken one after the other. */
import { parseName } from '../name.ts'

/** One word of a master file. */
export interface Token {
  /** As it stands in the file, escapes and all, without the quotes. */
  readonly text: string
  readonly quoted: boolean
  /** True where no blank stands before it, as in `alpn="h2"`, which is two words. */
  readonly joined: boolean
}

/** What is wrong with a text, told by code that does not know where it stands; whoever does adds that. */
export class ParseError extends Error {
  override readonly name = 'ParseError'
}

export class TokenReader {
  readonly #tokens: readonly Token[]
  readonly #origin: string
  #next: number

  /** @param origin what relative names are completed with */
  constructor(tokens: readonly Token[], origin: string, start = 0) {
    this.#tokens = tokens
    this.#origin = origin
    this.#next = start
  }

  get left(): number {
    return this.#tokens.length - this.#next
  }

  /** The next word, which stays there. */
  get peek(): Token | undefined {
    return this.#tokens[this.#next]
  }

  /**
   * Takes the next word.
   *
   * @param what the field's name, for the error
   * @throws ParseError where there is none
   */
  take(what: string): Token {
    const word = this.#tokens[this.#next++]
    if (!word) throw new ParseError(`the ${what} is missing`)
    return word
  }

  /** The text of the next word. */
  text(what: string): string {
    return this.take(what).text
  }

  /** All that is left, at least one word, put together: long data may be broken by blanks (RFC 4034, section 2.2). */
  rest(what: string): string {
    let all = this.text(what)
    while (this.left > 0) all += this.text(what)
    return all
  }

  /** @throws NameError for a word that is no name */
  name(what: string): string {
    const text = this.text(what)
    return text === '@' ? this.#origin : parseName(text, this.#origin)
  }
}
