/**
 * The full-text index of the mail. Messages are indexed after they are stored, in a quiet moment, or at once if a search
 * waits for them. What a crash interrupts is indexed after the restart.
 */
import { sql } from 'kysely'
import type { Log } from '../../../log.ts'
import type { Engine } from '../../engine.ts'
import type { MessageParser } from '../parse/message-parser.ts'
import { insertEntries } from './insert-entries.ts'
import type { SearchEntry } from './search-entry.ts'

/** Milliseconds without new mail after which the index is brought up to date. */
const QUIET_MS = 1000
/** Milliseconds that a search waits until everything stored is indexed. */
const MAX_WAIT_MS = 5000
/** Messages that are indexed in one transaction, and the bytes of them that are in memory. */
const BATCH = { messages: 50, bytes: 32 * 1024 * 1024 }

interface Pending {
  readonly seq: number
  readonly id: string
  readonly size: number
  readonly sender: string
}

export class SearchIndex {
  readonly #engine: Engine
  readonly #parser: MessageParser
  readonly #log: Log
  #quiet: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined
  /** Searches that wait: indexing then continues while mail arrives. */
  #waiting = 0
  /** False from the arrival of a message until no more have arrived for `QUIET_MS`. */
  #isQuiet = true
  #closed = false

  constructor(engine: Engine, parser: MessageParser, log: Log) {
    this.#engine = engine
    this.#parser = parser
    this.#log = log
  }

  /** Indexes the messages that were just stored, once no more arrive. */
  schedule(): void {
    if (this.#closed) return
    this.#isQuiet = false
    this.#quiet ??= setTimeout(() => {
      this.#isQuiet = true
      void this.#start()
    }, QUIET_MS).unref()
    this.#quiet.refresh()
  }

  /**
   * Waits until everything stored is indexed, at most 5 s.
   *
   * @returns the number of messages that are not indexed yet
   */
  async settle(): Promise<number> {
    if ((await this.#countPending()) === 0) return 0
    this.#waiting += 1
    let timer: NodeJS.Timeout | undefined
    try {
      const timeout = new Promise<void>(resolve => {
        timer = setTimeout(resolve, MAX_WAIT_MS)
      })
      await Promise.race([this.#start(), timeout])
    } finally {
      clearTimeout(timer)
      this.#waiting -= 1
    }
    return this.#countPending()
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#quiet)
    await this.#running
  }

  /** Never rejects: what cannot be indexed stays pending, and a search reports how much that is. */
  #start(): Promise<void> {
    this.#running ??= this.#run()
      .catch((error: unknown) => this.#logFailure(error))
      .finally(() => {
        this.#running = undefined
      })
    return this.#running
  }

  async #run(): Promise<void> {
    while (!this.#closed && !this.#mustPause()) {
      const batch = await this.#nextBatch()
      if (batch.length === 0) return
      const entries = []
      for (const { seq, ...message } of batch) {
        const entry = this.#closed ? undefined : await this.#entryOf(message)
        if (entry) entries.push({ seq, ...entry })
      }
      await this.#engine.writeInBackground(insertEntries(entries, this.#engine.name))
    }
  }

  async #logFailure(error: unknown): Promise<void> {
    // Closing interrupts the parser; the next start indexes the rest.
    if (this.#closed) return
    // A database that fails cannot count either.
    const pending = await this.#countPending().catch(() => undefined)
    const fields = { err: error, ...(pending === undefined ? {} : { pending }) }
    this.#log.error(fields, 'mail: messages not indexed, searches miss them. The next message or search tries again')
  }

  /** New mail is more urgent than the index, unless a search waits for it. */
  #mustPause(): boolean {
    return this.#waiting === 0 && !this.#isQuiet
  }

  /** Returns undefined if the message has been deleted. */
  async #entryOf({ id, sender }: Pick<Pending, 'id' | 'sender'>): Promise<SearchEntry | undefined> {
    const { background } = this.#engine
    const content = await background
      .selectFrom('contents')
      .select('raw')
      .where('message_id', '=', id)
      .executeTakeFirst()
    if (!content) return undefined
    const deliveries = await background
      .selectFrom('deliveries')
      .select('recipient')
      .where('message_id', '=', id)
      .execute()
    const envelope = { from: sender, to: deliveries.map(({ recipient }) => recipient) }
    return this.#parser.searchEntry(content.raw, envelope)
  }

  async #nextBatch(): Promise<Pending[]> {
    const rows = await this.#engine.background
      .selectFrom('messages')
      .select(['seq', 'id', 'size', 'sender'])
      .where(sql<boolean>`indexed = 0`)
      .orderBy('seq')
      .limit(BATCH.messages)
      .execute()
    let bytes = 0
    return rows.filter(({ size }, index) => {
      bytes += size
      return index === 0 || bytes <= BATCH.bytes
    })
  }

  async #countPending(): Promise<number> {
    const count = sql<{ count: number }>`select count(*) as count from messages where indexed = 0`
    const { rows } = await count.execute(this.#engine.background)
    return Number(rows[0]?.count ?? 0)
  }
}
