/**
 * The text of a session that stays with each of its messages: its opening (greeting, EHLO, STARTTLS, AUTH), and the mail
 * transaction of the message. What the client does between transactions is left out, so that the text does not grow with
 * every message of a session. Credentials are masked. Pure.
 */

/** Bytes of a transcript; a client that sends more commands than that gets a shorter one. */
const MAX_LENGTH = 64 * 1024

/** Commands whose effect lasts for the session; `****` is a response of AUTH. */
const OPENING_COMMANDS = /^(?:EHLO|HELO|STARTTLS|AUTH|\*{4})(?: |$)/
const FIRST_COMMAND = /^MAIL(?: |$)/

/** What a line belongs to. */
type Part = 'opening' | 'transaction' | 'between'

export class Transcript {
  #part: Part = 'opening'
  #opening = ''
  #transaction = ''

  /** Records a command line. */
  command(line: string): void {
    if (OPENING_COMMANDS.test(line)) this.#part = 'opening'
    else if (FIRST_COMMAND.test(line)) this.#part = 'transaction'
    else if (this.#part === 'opening') this.#part = 'between'
    this.#add(`C: ${line}`)
  }

  reply(text: string): void {
    for (const line of text.split('\r\n')) this.#add(`S: ${line}`)
  }

  /** Records the content of a message by its size. */
  content(size: number): void {
    this.#add(`C: (${size} bytes of message)`)
  }

  /** Forgets the transaction; the next message begins with the opening. */
  endTransaction(): void {
    this.#transaction = ''
    if (this.#part === 'transaction') this.#part = 'between'
  }

  /** The session so far, one line for each command and reply. */
  get text(): string {
    return this.#opening + this.#transaction
  }

  #add(line: string): void {
    if (this.#opening.length + this.#transaction.length + line.length >= MAX_LENGTH) return
    if (this.#part === 'opening') this.#opening += `${line}\n`
    if (this.#part === 'transaction') this.#transaction += `${line}\n`
  }
}
