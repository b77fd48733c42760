/** Follows the mail transaction (RFC 5321, section 3.3) by commands and their replies. */
import type { Reply } from './lines.ts'

/** Commands that end an open transaction if they succeed (sections 4.1.1.5 and 4.1.4). */
const ENDING_VERBS: Readonly<Record<string, string>> = {
  RSET: 'reset',
  EHLO: 'reset',
  HELO: 'reset',
  QUIT: 'abandoned',
}

/** Maximum number of pipelined MAIL commands whose senders are remembered. */
const MAX_SENDERS = 100

export class Transaction {
  readonly #senders: string[] = []
  #isOpen = false

  /** Takes a command. */
  command(verb: string, line: string): void {
    if (verb === 'MAIL' && this.#senders.length < MAX_SENDERS) this.#senders.push(/<[^>]*>/.exec(line)?.[0] ?? '?')
  }

  /** Takes the reply to a command or to the content of a message; describes the change, if there is one. */
  reply(verb: string, { code }: Reply): string | undefined {
    const isPositive = code >= 200 && code < 300
    if (verb === 'MAIL') return this.#begin(this.#senders.shift() ?? '?', isPositive)
    if (verb === 'content') return this.#finish(isPositive ? 'the message was accepted' : 'the message was refused')
    const outcome = isPositive && Object.hasOwn(ENDING_VERBS, verb) ? ENDING_VERBS[verb] : undefined
    return outcome === undefined ? undefined : this.#finish(outcome)
  }

  /** Call it when the connection ends. */
  end(): string | undefined {
    return this.#finish('abandoned')
  }

  #begin(sender: string, isPositive: boolean): string | undefined {
    // A second MAIL within a transaction is rejected and changes nothing.
    if (!isPositive) return undefined
    this.#isOpen = true
    return `mail transaction begun, from ${sender}`
  }

  #finish(outcome: string): string | undefined {
    if (!this.#isOpen) return undefined
    this.#isOpen = false
    return `mail transaction ended: ${outcome}`
  }
}
