/** Commits rows that arrive together in one transaction: one fsync for many. */
import type { Cause } from '../trace/event.ts'
import type { Engine, Write } from './engine.ts'
import { isTemporary } from './store-error.ts'

/** Items of one transaction: the other writers of the database wait for it. */
const MAX_ITEMS = 500
const MAX_BYTES = 32 * 1024 * 1024

interface Queued<Item> {
  readonly item: Item
  readonly cause: Cause | undefined
  resolve(): void
  reject(error: unknown): void
}

export interface WriteQueueOptions<Item> {
  readonly engine: Engine
  readonly bytesOf: (item: Item) => number
  readonly toWrites: (items: readonly Item[]) => Promise<readonly Write[]>
}

export class WriteQueue<Item> {
  readonly #options: WriteQueueOptions<Item>
  readonly #queue: Queued<Item>[] = []
  #running: Promise<void> | undefined

  constructor(options: WriteQueueOptions<Item>) {
    this.#options = options
  }

  /**
   * Resolves when the item is committed. Rejects if it cannot be; items that were queued with it are not affected.
   *
   * @param cause the conversation whose request causes it. Default: the one of the running work
   */
  add(item: Item, cause = this.#options.engine.trace.cause): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ item, cause, resolve, reject })
      this.#running ??= this.#run()
    })
  }

  /** Resolves when everything that was added is committed or has failed. */
  async idle(): Promise<void> {
    await this.#running
  }

  async #run(): Promise<void> {
    // Items that other connections add in the same iteration of the event loop join this transaction.
    await new Promise(resolve => setImmediate(resolve))
    while (this.#queue.length > 0) await this.#commit(this.#takeBatch())
    this.#running = undefined
  }

  #takeBatch(): Queued<Item>[] {
    let bytes = 0
    let count = 0
    for (const { item } of this.#queue) {
      bytes += this.#options.bytesOf(item)
      if (count > 0 && (count >= MAX_ITEMS || bytes > MAX_BYTES)) break
      count += 1
    }
    return this.#queue.splice(0, count)
  }

  async #commit(batch: readonly Queued<Item>[]): Promise<void> {
    try {
      const { engine, toWrites } = this.#options
      const writes = await toWrites(batch.map(({ item }) => item))
      // One event for the commit: it names the cause of the first item.
      await engine.write(writes, batch[0]?.cause)
      for (const { resolve } of batch) resolve()
    } catch (error) {
      // Each item by itself would fail too, or be stored twice if the answer to the commit was lost.
      if (batch.length === 1 || isTemporary(error)) {
        for (const { reject } of batch) reject(error)
        return
      }
      // One large message must not make the small ones fail when the disk is almost full.
      for (const queued of batch) await this.#commit([queued])
    }
  }
}
