/** The mail transaction (RFC 5321, section 3.3), as it can be read from commands and their replies. */
import type { Reply } from './lines.ts'

/** Verbs that end an open transaction when they are granted (sections 4.1.1.5 and 4.1.4). */
const RESETTING: Readonly<Record<string, string>> = { RSET: 'reset', EHLO: 'reset', HELO: 'reset', QUIT: 'abandoned' }

/** How many senders of pipelined MAIL commands are remembered until their replies come. */
const MAX_SENDERS = 100

export class Transaction {
  readonly #senders: string[] = []
  #open = false

  /** Hears a command. */
  command(verb: string, line: string): void {
    if (verb === 'MAIL' && this.#senders.length < MAX_SENDERS) this.#senders.push(/<[^>]*>/.exec(line)?.[0] ?? '?')
  }

  /** Hears the reply to a command or to a message's content; returns what changed, in words. */
  reply(verb: string, { code }: Reply): string | undefined {
    const granted = code >= 200 && code < 300
    if (verb === 'MAIL') return this.#begin(this.#senders.shift() ?? '?', granted)
    if (verb === 'content') return this.#finish(granted ? 'the message was accepted' : 'the message was refused')
    const ending = granted && Object.hasOwn(RESETTING, verb) ? RESETTING[verb] : undefined
    return ending === undefined ? undefined : this.#finish(ending)
  }

  /** The connection has ended. */
  end(): string | undefined {
    return this.#finish('abandoned')
  }

  #begin(sender: string, granted: boolean): string | undefined {
    // A second MAIL within a transaction is refused, and changes nothing.
    if (!granted) return undefined
    this.#open = true
    return `mail transaction begun, from ${sender}`
  }

  #finish(how: string): string | undefined {
    if (!this.#open) return undefined
    this.#open = false
    return `mail transaction ended: ${how}`
  }
}
