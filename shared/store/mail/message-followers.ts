/** Followers of a store: each reads the messages in the order of their arrival, until its signal is aborted or the store closes. */
import type { Engine } from '../engine.ts'
import { StoreError } from '../store-error.ts'
import { Arrivals } from './arrivals.ts'
import type { MessageSummary } from './message.ts'
import { readSummaries } from './read-summaries.ts'

export interface FollowOptions {
  /** The messages that were stored after the message with this id, which need not exist; `''` for all messages. */
  readonly after: string
  readonly signal?: AbortSignal | undefined
  /** Yields an empty list if no message arrives for this many milliseconds. Default: never. */
  readonly heartbeat?: number | undefined
}

/** A message with its position in the order of arrival. */
interface Arrival {
  readonly seq: number
  readonly summary: MessageSummary
}

/** Finds what other processes store in a database without notifications, or while a notification is lost. */
const POLL_MS = 500
/** Messages that a follower reads at once. */
const MAX_FOLLOWED = 200

/** @internal */
export class MessageFollowers {
  readonly #engine: Engine
  readonly #arrivals: Arrivals<Arrival>
  readonly #followers = new Set<AbortController>()
  #unsubscribe: (() => void) | undefined
  #isClosed = false

  /** @param pollInterval milliseconds between queries for messages of other processes */
  constructor(engine: Engine, pollInterval = POLL_MS) {
    this.#engine = engine
    this.#arrivals = new Arrivals({
      pollInterval,
      start: after => this.#positionOf(after),
      read: position => this.#readAfter(position),
      positionOf: ({ seq }) => seq,
    })
  }

  /** Messages were stored by this process. */
  notify(): void {
    this.#arrivals.notify()
  }

  /** @throws StoreError with code `closed` after `close`; the reason of the signal when that is aborted */
  async *follow({ after, signal, heartbeat }: FollowOptions): AsyncGenerator<readonly MessageSummary[]> {
    const ended = new AbortController()
    const end = () => ended.abort(signal?.reason)
    signal?.addEventListener('abort', end, { once: true })
    if (signal?.aborted) end()
    if (this.#isClosed) ended.abort(closedError())
    this.#followers.add(ended)
    this.#unsubscribe ??= this.#engine.notifications?.subscribe(() => this.#arrivals.notify())
    try {
      for await (const arrivals of this.#arrivals.follow({ after, signal: ended.signal, heartbeat })) {
        yield arrivals.map(({ summary }) => summary)
      }
    } finally {
      this.#followers.delete(ended)
      signal?.removeEventListener('abort', end)
    }
  }

  /** Ends every follower with an error. */
  close(): void {
    this.#isClosed = true
    this.#unsubscribe?.()
    for (const follower of this.#followers) follower.abort(closedError())
  }

  /** Returns the position of the newest message that is not newer than an id. */
  async #positionOf(id: string): Promise<number> {
    if (id === '') return 0
    const { db } = this.#engine
    const newest = db.selectFrom('messages').select('seq').where('id', '<=', id).orderBy('id', 'desc').limit(1)
    return (await newest.executeTakeFirst())?.seq ?? 0
  }

  async #readAfter(position: number): Promise<readonly Arrival[]> {
    const { background } = this.#engine
    const rows = await background
      .selectFrom('messages')
      .selectAll()
      .where('seq', '>', position)
      .orderBy('seq')
      .limit(MAX_FOLLOWED)
      .execute()
    const summaries = await readSummaries(rows, background)
    return summaries.map((summary, index) => ({ seq: rows[index]?.seq ?? position, summary }))
  }
}

function closedError(): StoreError {
  return new StoreError('closed', 'the store is closed')
}
