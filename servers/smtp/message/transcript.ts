/**
 * The text of a session that stays with each of its messages: its opening (greeting, EHLO, AUTH), and the mail transaction
 * of the message. Credentials are masked. Pure.
 */

/** Bytes of a transcript; a client that sends more commands than that gets a shorter one. */
const MAX_LENGTH = 64 * 1024

/** Why the opening ends: from here on lines belong to the transaction. */
const STARTS_TRANSACTION = /^MAIL\b/i

export class Transcript {
  #opening = ''
  #transaction = ''
  #inTransaction = false

  /** Records a command line. */
  command(line: string): void {
    if (!this.#inTransaction && STARTS_TRANSACTION.test(line)) this.#inTransaction = true
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
    this.#inTransaction = false
  }

  /** The session so far, one line for each command and reply. */
  get text(): string {
    return this.#opening + this.#transaction
  }

  #add(line: string): void {
    if (this.#opening.length + this.#transaction.length + line.length > MAX_LENGTH) return
    if (this.#inTransaction) this.#transaction += `${line}\n`
    else this.#opening += `${line}\n`
  }
}
