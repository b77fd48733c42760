/** The mail that SMTP accepted. HTTP, the command line and programs read it. */
import { type Selectable, sql } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import type { Engine } from '../engine.ts'
import type { DeliveryRow, MailboxRow, MessageRow } from '../schema.ts'
import { StoreError } from '../store-error.ts'
import { type IdentifiedMessage, insertMessages, sizeOf } from './inserts.ts'
import type { MailFilter } from './mail-filter.ts'
import { type MessageSummary, type NewMessage, toSummary } from './message.ts'
import { selectMessages } from './select-messages.ts'
import { WriteQueue } from './write-queue.ts'

export interface ListOptions {
  readonly filter?: MailFilter | undefined
  /** Messages of one page, up to 1000. Default: 100. */
  readonly limit?: number | undefined
  /** `next` of the page before. */
  readonly cursor?: string | undefined
}

/** Messages, newest first. */
export interface MessagePage {
  readonly messages: readonly MessageSummary[]
  /** The cursor of the next page; undefined after the last one. */
  readonly next?: string | undefined
}

export interface MailboxUsage {
  readonly messages: number
  readonly bytes: number
}

export interface MailStoreOptions {
  /** Bytes of all messages together. Default: no bound but the disk. */
  readonly maxBytes?: number | undefined
}

const DEFAULT_LIMIT = 100
export const MAX_LIMIT = 1000

export class MailStore {
  readonly #engine: Engine
  readonly #maxBytes: number
  readonly #queue: WriteQueue<IdentifiedMessage>

  constructor(engine: Engine, { maxBytes = Number.POSITIVE_INFINITY }: MailStoreOptions = {}) {
    this.#engine = engine
    this.#maxBytes = maxBytes
    this.#queue = new WriteQueue({
      engine,
      bytesOf: ({ message }) => message.raw.length,
      toWrites: insertMessages,
    })
  }

  /**
   * Stores a message. When it resolves with the id, the message is on the disk, so that the server can accept
   * responsibility for it (RFC 5321, section 6.1).
   *
   * @throws StoreError with code `full` if there is no room
   */
  async add(message: NewMessage): Promise<string> {
    if (Number.isFinite(this.#maxBytes)) await this.#checkRoom(sizeOf(message))
    const identified = { id: uuidv7(), receivedAt: Date.now(), message }
    await this.#queue.add(identified)
    return identified.id
  }

  /**
   * Lists messages, newest first.
   *
   * @throws StoreError with code `failed` if the cursor is not one of this store
   */
  async list({ filter = {}, limit = DEFAULT_LIMIT, cursor }: ListOptions = {}): Promise<MessagePage> {
    const { db, name } = this.#engine
    const size = Math.min(Math.max(limit, 1), MAX_LIMIT)
    const request = { filter, before: parseCursor(cursor), limit: size + 1 }
    const { rows } = await selectMessages(request, name).execute(db)
    const page = rows.slice(0, size)
    const last = page.at(-1)
    return {
      messages: await this.#summaries(page),
      next: rows.length > size && last ? String(last.seq) : undefined,
    }
  }

  async get(id: string): Promise<MessageSummary | undefined> {
    const { db } = this.#engine
    const row = await db.selectFrom('messages').selectAll().where('id', '=', id).executeTakeFirst()
    return row && (await this.#summaries([row]))[0]
  }

  /** Returns the message as stored, with our Received field in front. */
  async raw(id: string): Promise<Uint8Array | undefined> {
    const { db } = this.#engine
    const row = await db.selectFrom('contents').select('raw').where('message_id', '=', id).executeTakeFirst()
    return row?.raw
  }

  /** Returns the SMTP session that transferred the message, one line for each command and reply. */
  async transcript(id: string): Promise<string | undefined> {
    const { db } = this.#engine
    const row = await db.selectFrom('contents').select('transcript').where('message_id', '=', id).executeTakeFirst()
    return row?.transcript
  }

  /** Returns false if the message does not exist. */
  async setSeen(id: string, seen: boolean): Promise<boolean> {
    const { db } = this.#engine
    const { numUpdatedRows } = await db
      .updateTable('messages')
      .set({ seen: seen ? 1 : 0 })
      .where('id', '=', id)
      .executeTakeFirst()
    return numUpdatedRows > 0n
  }

  /** Returns the number of messages and bytes of a mailbox, by its name (see `mailboxName`). */
  async usage(mailbox: string): Promise<MailboxUsage> {
    const { db } = this.#engine
    const row = await db.selectFrom('mailboxes').selectAll().where('name', '=', mailbox).executeTakeFirst()
    return { messages: row?.messages ?? 0, bytes: row?.bytes ?? 0 }
  }

  /** Returns all mailboxes that have had mail, by name. */
  async mailboxes(): Promise<readonly MailboxRow[]> {
    const { db } = this.#engine
    return db.selectFrom('mailboxes').selectAll().orderBy('name').limit(MAX_LIMIT).execute()
  }

  /** Deletes a message. Returns false if it does not exist. */
  async delete(id: string): Promise<boolean> {
    const { db, name } = this.#engine
    return db.transaction().execute(async transaction => {
      const row = await transaction
        .selectFrom('messages')
        .select(['seq', 'size'])
        .where('id', '=', id)
        .executeTakeFirst()
      if (!row) return false
      const mailboxes = transaction.selectFrom('deliveries').select('mailbox').where('message_id', '=', id)
      await transaction
        .updateTable('mailboxes')
        .set({ messages: sql`messages - 1`, bytes: sql`bytes - ${row.size}` })
        .where('name', 'in', mailboxes)
        .execute()
      if (name === 'sqlite') await sql`delete from search where rowid = ${row.seq}`.execute(transaction)
      await transaction.deleteFrom('messages').where('id', '=', id).execute()
      return true
    })
  }

  /** Deletes all messages; returns how many there were. */
  async clear(): Promise<number> {
    await this.#queue.idle()
    const { db, name } = this.#engine
    return db.transaction().execute(async transaction => {
      if (name === 'sqlite') await sql`insert into search (search) values ('delete-all')`.execute(transaction)
      await transaction.deleteFrom('mailboxes').execute()
      const { numDeletedRows } = await transaction.deleteFrom('messages').executeTakeFirst()
      return Number(numDeletedRows)
    })
  }

  /** Resolves when all messages that were added are stored or have failed. */
  async close(): Promise<void> {
    await this.#queue.idle()
  }

  async #checkRoom(size: number): Promise<void> {
    const { db } = this.#engine
    const { rows } = await sql<{ bytes: number | null }>`select sum(size) as bytes from messages`.execute(db)
    if (Number(rows[0]?.bytes ?? 0) + size > this.#maxBytes) {
      throw new StoreError('full', `the store has no room for ${size} bytes`)
    }
  }

  async #summaries(rows: readonly Selectable<MessageRow>[]): Promise<MessageSummary[]> {
    if (rows.length === 0) return []
    const { db } = this.#engine
    const ids = rows.map(({ id }) => id)
    const deliveries = await db
      .selectFrom('deliveries')
      .selectAll()
      .where('message_id', 'in', ids)
      .orderBy('message_id')
      .orderBy('position')
      .execute()
    const byMessage = new Map<string, DeliveryRow[]>(ids.map(id => [id, []]))
    for (const delivery of deliveries) byMessage.get(delivery.message_id)?.push(delivery)
    return rows.map(row => toSummary(row, byMessage.get(row.id) ?? []))
  }
}

function parseCursor(cursor: string | undefined): number | undefined {
  if (cursor === undefined) return undefined
  if (/^\d{1,15}$/.test(cursor)) return Number(cursor)
  throw new StoreError('failed', `"${cursor}" is not a cursor of this store`)
}
