/** The words of one record's data as a master file has them (RFC 1035, section 5.1), taken one after the other. */
import { parseName } from '../name.ts'

/** One word of a master file. */
export interface Word {
  /** As it stands in the file, escapes and all, without the quotes. */
  readonly text: string
  readonly quoted: boolean
  /** True where no blank stands before it, as in `alpn="h2"`, which is two words. */
  readonly joined: boolean
}

/** What is wrong with a text, told by code that does not know where it stands; whoever does adds that. */
export class Problem extends Error {
  override readonly name = 'Problem'
}

export class Words {
  readonly #words: readonly Word[]
  readonly #origin: string
  #next: number

  /** @param origin what relative names are completed with */
  constructor(words: readonly Word[], origin: string, start = 0) {
    this.#words = words
    this.#origin = origin
    this.#next = start
  }

  get left(): number {
    return this.#words.length - this.#next
  }

  /** The next word, which stays there. */
  get peek(): Word | undefined {
    return this.#words[this.#next]
  }

  /**
   * Takes the next word.
   *
   * @param what the field's name, for the error
   * @throws Problem where there is none
   */
  take(what: string): Word {
    const word = this.#words[this.#next++]
    if (!word) throw new Problem(`the ${what} is missing`)
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
