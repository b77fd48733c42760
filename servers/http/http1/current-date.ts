/** The value of the Date field (RFC 9110, section 6.6.1), which is the same for all responses of a second. */
import { formatHttpDate } from '../http-date.ts'

export class HttpDate {
  #second = -1
  #text = ''

  now(): string {
    const second = Math.floor(Date.now() / 1000)
    if (second !== this.#second) {
      this.#second = second
      this.#text = formatHttpDate(second * 1000)
    }
    return this.#text
  }
}
