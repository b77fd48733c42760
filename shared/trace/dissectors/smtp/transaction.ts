/** Follows the mail transaction (RFC 5321, section 3.3) by commands and their replies. */
import type { Reply } from './lines.ts'

/** Commands that end an open transaction if they succeed (sections 4.1.1.5 and 4.1.4). */
const RESETTING: Readonly<Record<string, string>> = { RSET: 'reset', EHLO: 'reset', HELO: 'reset', QUIT: 'abandoned' }

/** Senders of pipelined MAIL commands that wait for their replies. */
const MAX_SENDERS = 100

export class Transaction {
  readonly #senders: string[] = []
  #open = false

  /** Takes a command. */
  command(verb: string, line: string): void {
    if (verb === 'MAIL' && this.#senders.length < MAX_SENDERS) this.#senders.push(/<[^>]*>/.exec(line)?.[0] ?? '?')
  }

  /** Takes the reply to a command or to the content of a message; describes the change, if there is one. */
  reply(verb: string, { code }: Reply): string | undefined {
    const isPositive = code >= 200 && code < 300
    if (verb === 'MAIL') return this.#begin(this.#senders.shift() ?? '?', isPositive)
    if (verb === 'content') return this.#finish(isPositive ? 'the message was accepted' : 'the message was refused')
    const ending = isPositive && Object.hasOwn(RESETTING, verb) ? RESETTING[verb] : undefined
    return ending === undefined ? undefined : this.#finish(ending)
  }

  /** The connection ended. */
  end(): string | undefined {
    return this.#finish('abandoned')
  }

  #begin(sender: string, isPositive: boolean): string | undefined {
    // A second MAIL within a transaction is rejected and changes nothing.
    if (!isPositive) return undefined
    this.#open = true
    return `mail transaction begun, from ${sender}`
  }

  #finish(how: string): string | undefined {
    if (!this.#open) return undefined
    this.#open = false
    return `mail transaction ended: ${how}`
  }
}
