/** The mail of a suite, for programs and tests: `suite.mail`. */

import type { Store } from '../store.ts'
import type { MailFilter } from './mail-filter.ts'
import type { MailStore } from './mail-store.ts'
import type { MessageSummary } from './message.ts'

export class Mail {
  readonly #store: Pick<Store, 'open'>

  constructor(store: Pick<Store, 'open'>) {
    this.#store = store
  }

  /** Lists all messages that meet the conditions, oldest first. */
  async list(filter: MailFilter = {}): Promise<readonly MessageSummary[]> {
    const mail = await this.#mail()
    const messages: MessageSummary[] = []
    let cursor: string | undefined
    do {
      const page = await mail.list({ filter, limit: 1000, cursor })
      messages.push(...page.messages)
      cursor = page.next
    } while (cursor !== undefined)
    return messages.reverse()
  }

  async get(id: string): Promise<MessageSummary | undefined> {
    return (await this.#mail()).get(id)
  }

  /** Returns the bytes of a message, with the Received field of the server in front. */
  async raw(id: string): Promise<Uint8Array | undefined> {
    return (await this.#mail()).raw(id)
  }

  /** Deletes a message; returns false if it does not exist. */
  async delete(id: string): Promise<boolean> {
    return (await this.#mail()).delete(id)
  }

  /** Deletes all messages; returns how many there were. */
  async clear(): Promise<number> {
    return (await this.#mail()).clear()
  }

  async #mail(): Promise<MailStore> {
    return (await this.#store.open()).mail
  }
}
