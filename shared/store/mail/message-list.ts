/** Lists messages, newest first, one page at a time. A search first waits for the full-text index. */
import { UsageError } from '../../errors.ts'
import type { Engine } from '../engine.ts'
import { findMailboxes } from './find-mailboxes.ts'
import { MAX_LIMIT } from './limits.ts'
import type { MailFilter } from './mail-filter.ts'
import type { MessageSummary } from './message.ts'
import { readSummaries } from './read-summaries.ts'
import type { SearchIndex } from './search/search-index.ts'
import { isInOrderOfIds, type Position, selectMessages } from './select-messages.ts'

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

const DEFAULT_LIMIT = 100

/** @internal */
export class MessageList {
  readonly #engine: Engine
  readonly #index: SearchIndex

  constructor(engine: Engine, index: SearchIndex) {
    this.#engine = engine
    this.#index = index
  }

  /** @throws UsageError if the cursor is not one of this list */
  async read({ filter = {}, limit = DEFAULT_LIMIT, cursor }: ListOptions = {}): Promise<MessagePage> {
    const { db, name } = this.#engine
    const size = Math.min(Math.max(limit, 1), MAX_LIMIT)
    const isSearch = (filter.phrases ?? []).length > 0 || filter.hasAttachment !== undefined
    const pending = isSearch ? await this.#index.settle() : undefined
    const mailboxes = await findMailboxes(filter, db)
    const isOrderOfIds = isInOrderOfIds({ filter, mailboxes })
    const request = { filter, mailboxes, before: parseCursor(cursor, isOrderOfIds), limit: size + 1 }
    const { rows } = mailboxes?.length === 0 ? { rows: [] } : await selectMessages(request, name).execute(db)
    const page = rows.slice(0, size)
    const last = rows.length > size ? page.at(-1) : undefined
    return {
      messages: await readSummaries(page, db),
      next: last && (isOrderOfIds ? last.id : String(last.seq)),
      ...(pending === undefined ? {} : { pending }),
    }
  }
}

/** @throws UsageError if the text is not a cursor of a list in this order */
function parseCursor(cursor: string | undefined, isOrderOfIds: boolean): Position | undefined {
  if (cursor === undefined) return undefined
  if (!isOrderOfIds && /^\d{1,15}$/.test(cursor)) return { seq: Number(cursor) }
  if (isOrderOfIds && /^[\da-f-]{36}$/.test(cursor)) return { id: cursor }
  throw new UsageError(`cursor ${JSON.stringify(cursor)} is not one of this list. Use the cursor of the page before`)
}
