/** The notice board: short texts that every account can read, and only their author can change. */
import type { Kysely } from 'kysely'
import { UsageError } from '../errors.ts'
import type { Account } from './account.ts'
import type { Engine, Write } from './engine.ts'
import type { NoticeRow, Schema } from './schema.ts'
import { SortedIds } from './sorted-ids.ts'
import { WriteQueue } from './write-queue.ts'

export interface Notice {
  readonly id: string
  /** The name of the account. */
  readonly author: string
  readonly text: string
  /** Milliseconds since 1970. */
  readonly createdAt: number
  /** undefined if it was never edited */
  readonly editedAt: number | undefined
}

/** Notices, newest first. */
export interface NoticePage {
  readonly notices: readonly Notice[]
  /** The cursor of the next page; undefined after the last one. */
  readonly next: string | undefined
}

export interface NoticeListOptions {
  /** 1 to 100. */
  readonly limit: number
  /** `next` of the page before. */
  readonly cursor?: string | undefined
}

export class Notices {
  readonly #db: Kysely<Schema>
  readonly #now: () => number
  readonly #ids = new SortedIds()
  readonly #queue: WriteQueue<NoticeRow>

  /**
   * @param now the clock, in milliseconds since 1970
   * @internal
   */
  constructor(engine: Engine, now: () => number = Date.now) {
    const { db } = engine
    this.#db = db
    this.#now = now
    this.#queue = new WriteQueue({
      engine,
      bytesOf: ({ text }) => text.length,
      toWrites: async rows => [insert(rows, db)],
    })
  }

  /** Stores a notice. When it resolves, the notice is on the disk. */
  async add(author: Account, text: string): Promise<Notice> {
    const row = { id: this.#ids.next(), author: author.name, text, created_at: this.#now(), edited_at: null }
    await this.#queue.add(row)
    return toNotice(row)
  }

  /** @throws UsageError if the cursor is not one of this list */
  async list({ limit, cursor }: NoticeListOptions): Promise<NoticePage> {
    if (cursor !== undefined && !/^[\da-f-]{36}$/.test(cursor)) {
      throw new UsageError(
        `cursor ${JSON.stringify(cursor)} is not one of this list. Use the cursor of the page before`,
      )
    }
    const rows = await this.#db
      .selectFrom('notices')
      .selectAll()
      .$if(cursor !== undefined, query => query.where('id', '<', cursor as string))
      .orderBy('id', 'desc')
      .limit(limit + 1)
      .execute()
    const page = rows.slice(0, limit)
    return { notices: page.map(toNotice), next: rows.length > limit ? page.at(-1)?.id : undefined }
  }

  async get(id: string): Promise<Notice | undefined> {
    const row = await this.#db.selectFrom('notices').selectAll().where('id', '=', id).executeTakeFirst()
    return row && toNotice(row)
  }

  /** Changes the text of a notice of this author; undefined if there is none with this id. */
  async edit(author: Account, id: string, text: string): Promise<Notice | undefined> {
    const row = await this.#db
      .updateTable('notices')
      .set({ text, edited_at: this.#now() })
      .where('id', '=', id)
      .where('author', '=', author.name)
      .where('created_at', '>=', author.createdAt)
      .returningAll()
      .executeTakeFirst()
    return row && toNotice(row)
  }

  /** Deletes a notice of this author; returns false if there is none with this id. */
  async delete(author: Account, id: string): Promise<boolean> {
    const { numDeletedRows } = await this.#db
      .deleteFrom('notices')
      .where('id', '=', id)
      .where('author', '=', author.name)
      .where('created_at', '>=', author.createdAt)
      .executeTakeFirst()
    return numDeletedRows > 0n
  }

  /** Resolves when all notices are stored or have failed. */
  async close(): Promise<void> {
    await this.#queue.idle()
  }

  /** Deletes all notices. */
  async clear(): Promise<void> {
    await this.#db.deleteFrom('notices').execute()
  }
}

/** True if the account wrote the notice. An account of the same name that was added later did not. */
export function isAuthor(account: Account, { author, createdAt }: Notice): boolean {
  return author === account.name && createdAt >= account.createdAt
}

/** The same statement for each row. */
function insert(rows: readonly NoticeRow[], db: Kysely<Schema>): Write {
  const [first, ...others] = rows.map(row => db.insertInto('notices').values(row).compile())
  if (!first) throw new Error('there is no row')
  return { sql: first.sql, rows: [first, ...others].map(({ parameters }) => parameters) }
}

function toNotice(row: NoticeRow): Notice {
  return {
    id: row.id,
    author: row.author,
    text: row.text,
    createdAt: row.created_at,
    editedAt: row.edited_at ?? undefined,
  }
}
