/** The mail that SMTP accepted. HTTP, the command line and programs read it. */
import { type Log, silentLog } from '../../log.ts'
import type { Cause } from '../../trace/event.ts'
import type { Engine } from '../engine.ts'
import { SortedIds } from '../sorted-ids.ts'
import { MAX_LIMIT } from './limits.ts'
import type { MessageSummary, NewMessage } from './message.ts'
import { MessageDeleter } from './message-deleter.ts'
import { type FollowOptions, MessageFollowers } from './message-followers.ts'
import { type ListOptions, MessageList, type MessagePage } from './message-list.ts'
import { MessageWriter } from './message-writer.ts'
import type { View } from './parse/jobs.ts'
import { MessageParser } from './parse/message-parser.ts'
import { readSummaries } from './read-summaries.ts'
import { SearchIndex } from './search/search-index.ts'

export interface MailboxUsage {
  readonly messages: number
  readonly bytes: number
}

export interface NamedMailboxUsage extends MailboxUsage {
  readonly name: string
}

export interface MailStoreOptions {
  /** Bytes of all messages together. Default: no bound but the disk. */
  readonly maxBytes?: number | undefined
  /** Milliseconds between queries for messages of other processes, if nothing notifies of them. Default: 500. */
  readonly pollInterval?: number | undefined
  /** Receives failures in the background. Default: they are not logged. */
  readonly log?: Log | undefined
}

export class MailStore {
  readonly #engine: Engine
  readonly #ids = new SortedIds()
  readonly #parser = new MessageParser()
  readonly #writer: MessageWriter
  readonly #index: SearchIndex
  readonly #list: MessageList
  readonly #deleter: MessageDeleter
  readonly #followers: MessageFollowers

  /** @internal */
  constructor(
    engine: Engine,
    { maxBytes = Number.POSITIVE_INFINITY, pollInterval, log = silentLog }: MailStoreOptions = {},
  ) {
    this.#engine = engine
    this.#writer = new MessageWriter(engine, maxBytes)
    this.#index = new SearchIndex(engine, this.#parser, log)
    this.#index.schedule()
    this.#list = new MessageList(engine, this.#index)
    this.#deleter = new MessageDeleter(engine, this.#list)
    this.#followers = new MessageFollowers(engine, pollInterval)
  }

  /**
   * Stores a message. When it resolves with the id, the message is on the disk, so that the server can accept
   * responsibility for it (RFC 5321, section 6.1).
   *
   * @param cause the conversation that transferred it, for the trace. Default: the one of the running work
   * @throws StoreError with code `full` if there is no room
   */
  async add(message: NewMessage, cause?: Cause): Promise<string> {
    const identified = { id: this.#ids.next(), receivedAt: Date.now(), message }
    await this.#writer.store(identified, cause)
    this.#index.schedule()
    this.#followers.notify()
    return identified.id
  }

  /**
   * Lists messages, newest first.
   *
   * @throws UsageError if the cursor is not one of this list
   */
  list(options: ListOptions = {}): Promise<MessagePage> {
    return this.#list.read(options)
  }

  /**
   * Yields the messages that arrive, in groups and in their order, also those that another process stores.
   *
   * @throws StoreError with code `closed` when the store closes; the reason of the signal when that is aborted
   */
  follow(options: FollowOptions): AsyncGenerator<readonly MessageSummary[]> {
    return this.#followers.follow(options)
  }

  /** Returns an id for `follow`: messages that are stored from now on are after it. */
  now(): string {
    return this.#ids.next()
  }

  async get(id: string): Promise<MessageSummary | undefined> {
    const { db } = this.#engine
    const row = await db.selectFrom('messages').selectAll().where('id', '=', id).executeTakeFirst()
    return row && (await readSummaries([row], db))[0]
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
  async mailboxes(): Promise<readonly NamedMailboxUsage[]> {
    const { db } = this.#engine
    return db.selectFrom('mailboxes').selectAll().orderBy('name').limit(MAX_LIMIT).execute()
  }

  /**
   * Deletes a message. Returns false if it does not exist.
   *
   * @param owner the account whose copy is deleted; the message stays in the mailboxes of other accounts
   */
  async delete(id: string, owner?: string): Promise<boolean> {
    const wasDeleted = await this.#deleter.delete(id, owner)
    await this.#writer.recount()
    return wasDeleted
  }

  /**
   * Deletes all messages; returns how many there were.
   *
   * @param owner the account whose mailboxes are emptied
   */
  async clear(owner?: string): Promise<number> {
    await this.#writer.idle()
    const count = await this.#deleter.clear(owner)
    await this.#writer.recount()
    return count
  }

  /** Resolves when all messages that were added are stored or have failed. Followers and readers then get an error. */
  async close(): Promise<void> {
    this.#followers.close()
    await this.#writer.idle()
    await Promise.all([this.#index.close(), this.#parser.close()])
  }
}
