/** Stores messages within the bound on the bytes of all of them. */
import { sql } from 'kysely'
import { Lazy } from '../../async/lazy.ts'
import type { Cause } from '../../trace/event.ts'
import type { Engine } from '../engine.ts'
import { StoreError } from '../store-error.ts'
import { WriteQueue } from '../write-queue.ts'
import { type IdentifiedMessage, sizeOf } from './message.ts'

export class MessageWriter {
  readonly #engine: Engine
  readonly #maxBytes: number
  /** Bytes of the messages that are stored or being stored, if there is a bound: the store then has no other process. */
  #bytes = 0
  readonly #queue: WriteQueue<IdentifiedMessage>
  /** The decoder of header fields takes longer to load than the rest of the store. */
  readonly #inserts = new Lazy(() => import('./inserts.ts'))

  /** @param maxBytes bytes of all messages together; infinite for no bound */
  constructor(engine: Engine, maxBytes: number) {
    this.#engine = engine
    this.#maxBytes = maxBytes
    this.#queue = new WriteQueue({
      engine,
      bytesOf: ({ message }) => message.raw.length,
      toWrites: async messages => (await this.#inserts.get()).insertMessages(messages, engine),
    })
  }

  /**
   * Resolves when the message is on the disk.
   *
   * @param cause the conversation that transferred it, for the trace. Default: the one of the running work
   * @throws StoreError with code `full` if there is no room
   */
  async store(message: IdentifiedMessage, cause?: Cause): Promise<void> {
    const size = sizeOf(message.message)
    if (this.#bytes + size > this.#maxBytes) throw new StoreError('full', `the store has no room for ${size} bytes`)
    this.#bytes += size
    try {
      await this.#queue.add(message, cause)
    } catch (error) {
      this.#bytes -= size
      throw error
    }
  }

  /** Resolves when all messages are stored or have failed. */
  async idle(): Promise<void> {
    await this.#queue.idle()
  }

  /** Counts the stored bytes after a deletion; without a bound there is nothing to count. */
  async recount(): Promise<void> {
    if (!Number.isFinite(this.#maxBytes)) return
    await this.idle()
    const { rows } = await sql<{ bytes: number | null }>`select sum(size) as bytes from messages`.execute(
      this.#engine.db,
    )
    this.#bytes = Number(rows[0]?.bytes ?? 0)
  }
}
