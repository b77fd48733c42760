/** Deletes one message or all of them, from all mailboxes or only from the mailboxes of one account. */
import { sql } from 'kysely'
import type { Engine } from '../engine.ts'
import { deleteMessages } from './delete-messages.ts'
import { findMailboxes } from './find-mailboxes.ts'
import { MAX_LIMIT } from './limits.ts'
import type { MessageList } from './message-list.ts'

/** Messages of one statement when all are deleted: PostgreSQL bounds the time of a statement. */
const BATCH = 5000

export class MessageDeleter {
  readonly #engine: Engine
  readonly #list: MessageList

  constructor(engine: Engine, list: MessageList) {
    this.#engine = engine
    this.#list = list
  }

  /** Returns false if the message does not exist. */
  async delete(id: string, owner: string | undefined): Promise<boolean> {
    return (await this.#deleteAll([id], await this.#mailboxesOf(owner))) > 0
  }

  /** Returns how many messages there were. */
  async clear(owner: string | undefined): Promise<number> {
    return owner === undefined ? this.#clearStore() : this.#clearMailboxes(owner)
  }

  async #clearStore(): Promise<number> {
    const { db, name } = this.#engine
    return db.transaction().execute(async transaction => {
      if (name === 'sqlite') await sql`insert into search (search) values ('delete-all')`.execute(transaction)
      await transaction.deleteFrom('mailboxes').execute()
      for (let deleted = 0; ; ) {
        const batch = transaction.selectFrom('messages').select('seq').orderBy('seq').limit(BATCH)
        const { numDeletedRows } = await transaction.deleteFrom('messages').where('seq', 'in', batch).executeTakeFirst()
        deleted += Number(numDeletedRows)
        if (numDeletedRows < BATCH) return deleted
      }
    })
  }

  async #clearMailboxes(owner: string): Promise<number> {
    const mailboxes = await this.#mailboxesOf(owner)
    let deleted = 0
    for (;;) {
      const { messages } = await this.#list.read({ filter: { owner }, limit: MAX_LIMIT })
      if (messages.length === 0) return deleted
      deleted += await this.#deleteAll(
        messages.map(({ id }) => id),
        mailboxes,
      )
    }
  }

  async #deleteAll(ids: readonly string[], mailboxes: readonly string[] | undefined): Promise<number> {
    const { db, name } = this.#engine
    return db.transaction().execute(transaction => deleteMessages(transaction, { ids, mailboxes }, name))
  }

  #mailboxesOf(owner: string | undefined): Promise<readonly string[] | undefined> {
    return findMailboxes({ owner }, this.#engine.db)
  }
}
