/** The mail that SMTP accepted. HTTP, the command line and programs read it. */
import { type Selectable, sql } from 'kysely'
import { UsageError } from '../../errors.ts'
import type { Engine } from '../engine.ts'
import type { DeliveryRow, MailboxRow, MessageRow } from '../schema.ts'
import { SortedIds } from '../sorted-ids.ts'
import { StoreError } from '../store-error.ts'
import { Arrivals } from './arrivals.ts'
import { deleteMessages } from './delete-messages.ts'
import { MAX_LIMIT } from './limits.ts'
import type { MailFilter } from './mail-filter.ts'
import { mailboxName, mailboxOwner } from './mailbox-name.ts'
import { type IdentifiedMessage, type MessageSummary, type NewMessage, sizeOf, toSummary } from './message.ts'
import type { View } from './parse/jobs.ts'
import { MessageParser } from './parse/message-parser.ts'
import { SearchIndex } from './search/search-index.ts'
import { isInOrderOfIds, type Position, selectMessages } from './select-messages.ts'
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
  /** Messages that are stored but not in the full-text index yet, if the list is a search: they cannot be found. */
  readonly pending?: number | undefined
}

export interface FollowOptions {
  /** The messages that were stored after the message with this id, which need not exist; `''` for all messages. */
  readonly after: string
  readonly signal?: AbortSignal | undefined
  /** Yields an empty list after so many milliseconds without a message. Default: never. */
  readonly heartbeat?: number | undefined
}

export interface MailboxUsage {
  readonly messages: number
  readonly bytes: number
}

export interface MailStoreOptions {
  /** Bytes of all messages together. Default: no bound but the disk. */
  readonly maxBytes?: number | undefined
}

/** A message with its position in the order of arrival. */
interface Arrival {
  readonly seq: number
  readonly summary: MessageSummary
}

const DEFAULT_LIMIT = 100
/** Messages that a follower reads at once. */
const MAX_FOLLOWED = 200
/** Mailboxes of one account: NAME@ each domain. */
const MAX_OWNED_MAILBOXES = 100

export class MailStore {
  readonly #engine: Engine
  readonly #maxBytes: number
  /** Bytes of the messages that are stored or being stored, if there is a bound: the store then has no other process. */
  #bytes = 0
  readonly #queue: WriteQueue<IdentifiedMessage>
  readonly #ids = new SortedIds()
  readonly #parser = new MessageParser()
  readonly #index: SearchIndex
  readonly #arrivals: Arrivals<Arrival>
  readonly #followers = new Set<AbortController>()
  #isClosed = false

  constructor(engine: Engine, { maxBytes = Number.POSITIVE_INFINITY }: MailStoreOptions = {}) {
    this.#engine = engine
    this.#maxBytes = maxBytes
    this.#queue = new WriteQueue({
      engine,
      bytesOf: ({ message }) => message.raw.length,
      // The decoder of header fields takes longer to load than the rest of the store.
      toWrites: async messages => (await import('./inserts.ts')).insertMessages(messages, engine),
    })
    this.#index = new SearchIndex(engine, this.#parser)
    this.#index.schedule()
    this.#arrivals = new Arrivals({ read: position => this.#readAfter(position), positionOf: ({ seq }) => seq })
  }

  /**
   * Stores a message. When it resolves with the id, the message is on the disk, so that the server can accept
   * responsibility for it (RFC 5321, section 6.1).
   *
   * @throws StoreError with code `full` if there is no room
   */
  async add(message: NewMessage): Promise<string> {
    const identified = { id: this.#ids.next(), receivedAt: Date.now(), message }
    await this.#store(identified, sizeOf(message))
    this.#index.schedule()
    this.#arrivals.notify()
    return identified.id
  }

  /**
   * Lists messages, newest first.
   *
   * @throws UsageError if the cursor is not one of this list
   */
  async list({ filter = {}, limit = DEFAULT_LIMIT, cursor }: ListOptions = {}): Promise<MessagePage> {
    const { db, name } = this.#engine
    const size = Math.min(Math.max(limit, 1), MAX_LIMIT)
    const isSearch = (filter.phrases ?? []).length > 0 || filter.hasAttachment !== undefined
    const pending = isSearch ? await this.#index.settle() : undefined
    const mailboxes = await this.#mailboxesOf(filter)
    const isOrderOfIds = isInOrderOfIds({ filter, mailboxes })
    const request = { filter, mailboxes, before: parseCursor(cursor, isOrderOfIds), limit: size + 1 }
    const { rows } = mailboxes?.length === 0 ? { rows: [] } : await selectMessages(request, name).execute(db)
    const page = rows.slice(0, size)
    const last = rows.length > size ? page.at(-1) : undefined
    return {
      messages: await this.#summaries(page),
      next: last && (isOrderOfIds ? last.id : String(last.seq)),
      ...(pending === undefined ? {} : { pending }),
    }
  }

  /**
   * Yields the messages that arrive, in groups and in their order, also those that another process stores.
   *
   * @throws StoreError with code `closed` when the store closes; the reason of the signal when that is aborted
   */
  async *follow({ after, signal, heartbeat }: FollowOptions): AsyncGenerator<readonly MessageSummary[]> {
    const position = after === '' ? 0 : await this.#positionOf(after)
    const ended = new AbortController()
    const end = () => ended.abort(signal?.reason)
    signal?.addEventListener('abort', end, { once: true })
    if (signal?.aborted) end()
    if (this.#isClosed) ended.abort(closedError())
    this.#followers.add(ended)
    try {
      for await (const rows of this.#arrivals.follow({ after: position, signal: ended.signal, heartbeat })) {
        yield rows.map(({ summary }) => summary)
      }
    } finally {
      this.#followers.delete(ended)
      signal?.removeEventListener('abort', end)
    }
  }

  /** Returns an id for `follow`: messages that are stored from now on are after it. */
  now(): string {
    return this.#ids.next()
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

  /**
   * Parses a message. What cannot be parsed within the bounds of the parser has its header, and a `problem`.
   *
   * @throws StoreError with code `busy` if too many messages wait to be parsed
   */
  async view(id: string, options: { readonly withContents?: boolean } = {}): Promise<View | undefined> {
    const raw = await this.raw(id)
    return raw && (await this.#parser.view(raw, options))
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

  /**
   * Deletes a message. Returns false if it does not exist.
   *
   * @param owner the account whose copy is deleted; the message stays in the mailboxes of other accounts
   */
  async delete(id: string, owner?: string): Promise<boolean> {
    const { db, name } = this.#engine
    const mailboxes = await this.#mailboxesOf({ owner })
    const count = await db
      .transaction()
      .execute(transaction => deleteMessages(transaction, { ids: [id], mailboxes }, name))
    await this.#countBytes()
    return count > 0
  }

  /**
   * Deletes all messages; returns how many there were.
   *
   * @param owner the account whose mailboxes are emptied
   */
  async clear(owner?: string): Promise<number> {
    await this.#queue.idle()
    const count = owner === undefined ? await this.#clearAll() : await this.#clearOwn(owner)
    await this.#countBytes()
    return count
  }

  /** Resolves when all messages that were added are stored or have failed. Followers and readers then get an error. */
  async close(): Promise<void> {
    this.#isClosed = true
    for (const follower of this.#followers) follower.abort(closedError())
    await this.#queue.idle()
    await Promise.all([this.#index.close(), this.#parser.close()])
  }

  async #clearAll(): Promise<number> {
    const { db, name } = this.#engine
    return db.transaction().execute(async transaction => {
      if (name === 'sqlite') await sql`insert into search (search) values ('delete-all')`.execute(transaction)
      await transaction.deleteFrom('mailboxes').execute()
      const { numDeletedRows } = await transaction.deleteFrom('messages').executeTakeFirst()
      return Number(numDeletedRows)
    })
  }

  async #clearOwn(owner: string): Promise<number> {
    const { db, name } = this.#engine
    const mailboxes = await this.#mailboxesOf({ owner })
    let deleted = 0
    for (;;) {
      const { messages } = await this.list({ filter: { owner }, limit: MAX_LIMIT })
      if (messages.length === 0) return deleted
      const ids = messages.map(({ id }) => id)
      deleted += await db.transaction().execute(transaction => deleteMessages(transaction, { ids, mailboxes }, name))
    }
  }

  /** Returns the names of the mailboxes of a filter; undefined if it has no condition on them. */
  async #mailboxesOf({
    mailbox,
    owner,
  }: Pick<MailFilter, 'mailbox' | 'owner'>): Promise<readonly string[] | undefined> {
    const named = mailbox === undefined ? undefined : mailboxName(mailbox)
    if (owner === undefined) return named === undefined ? undefined : [named]
    if (named !== undefined) return mailboxOwner(named) === owner ? [named] : []
    const prefix = `${owner}@`
    const isOwn = sql<boolean>`(name = ${owner} or substr(name, 1, ${sql.lit(prefix.length)}) = ${prefix})`
    const own = this.#engine.db.selectFrom('mailboxes').select('name').where(isOwn).limit(MAX_OWNED_MAILBOXES)
    return (await own.execute()).map(({ name }) => name)
  }

  /** Returns the position of the newest message that is not newer than an id. */
  async #positionOf(id: string): Promise<number> {
    const { db } = this.#engine
    const newest = db.selectFrom('messages').select('seq').where('id', '<=', id).orderBy('id', 'desc').limit(1)
    return (await newest.executeTakeFirst())?.seq ?? 0
  }

  async #readAfter(position: number): Promise<readonly Arrival[]> {
    const { db } = this.#engine
    const rows = await db
      .selectFrom('messages')
      .selectAll()
      .where('seq', '>', position)
      .orderBy('seq')
      .limit(MAX_FOLLOWED)
      .execute()
    const summaries = await this.#summaries(rows)
    return summaries.map((summary, index) => ({ seq: rows[index]?.seq ?? position, summary }))
  }

  async #store(message: IdentifiedMessage, size: number): Promise<void> {
    if (this.#bytes + size > this.#maxBytes) throw new StoreError('full', `the store has no room for ${size} bytes`)
    this.#bytes += size
    try {
      await this.#queue.add(message)
    } catch (error) {
      this.#bytes -= size
      throw error
    }
  }

  /** After a deletion; without a bound there is nothing to count. */
  async #countBytes(): Promise<void> {
    if (!Number.isFinite(this.#maxBytes)) return
    await this.#queue.idle()
    const { rows } = await sql<{ bytes: number | null }>`select sum(size) as bytes from messages`.execute(
      this.#engine.db,
    )
    this.#bytes = Number(rows[0]?.bytes ?? 0)
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

function closedError(): StoreError {
  return new StoreError('closed', 'the store is closed')
}

/** @throws UsageError if the text is not a cursor of a list in this order */
function parseCursor(cursor: string | undefined, isOrderOfIds: boolean): Position | undefined {
  if (cursor === undefined) return undefined
  if (!isOrderOfIds && /^\d{1,15}$/.test(cursor)) return { seq: Number(cursor) }
  if (isOrderOfIds && /^[\da-f-]{36}$/.test(cursor)) return { id: cursor }
  throw new UsageError(`cursor ${JSON.stringify(cursor)} is not one of this list. Use the cursor of the page before`)
}
