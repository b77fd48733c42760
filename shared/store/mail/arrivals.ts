/**
 * Follows the messages of a store in the order of their arrival, also those that another process stores. Each follower reads
 * at its own pace: messages wait in the database, not in memory. While the database is away, followers wait for it.
 */
import { isTemporary } from '../store-error.ts'

export interface ArrivalSource<Message> {
  /** Returns the position at which a follower starts. */
  readonly start: (after: string) => Promise<number>
  /** Returns messages after a position, oldest first, within the bounds of a page. */
  readonly read: (position: number) => Promise<readonly Message[]>
  readonly positionOf: (message: Message) => number
}

export interface ArrivalsOptions<Message> extends ArrivalSource<Message> {
  /** Milliseconds between queries for messages of other processes, if nothing notifies of them. */
  readonly pollInterval: number
}

export interface FollowOptions {
  /** What `start` of the source finds the position of. */
  readonly after: string
  readonly signal: AbortSignal
  /** Yields an empty list if no message arrives for this many milliseconds. Default: never. */
  readonly heartbeat?: number | undefined
}

export class Arrivals<Message> {
  readonly #source: ArrivalSource<Message>
  readonly #pollInterval: number
  readonly #waiting = new Set<() => void>()
  /** Pages that are being read, by position: followers at the same position share one query. */
  readonly #reading = new Map<number, Promise<readonly Message[]>>()

  constructor({ pollInterval, ...source }: ArrivalsOptions<Message>) {
    this.#source = source
    this.#pollInterval = pollInterval
  }

  /** Messages were stored, by this process or another. */
  notify(): void {
    this.#reading.clear()
    for (const wake of this.#waiting) wake()
  }

  /** Yields messages in groups, oldest first. Ends by throwing the reason of the signal. */
  async *follow({
    after,
    signal,
    heartbeat = Number.POSITIVE_INFINITY,
  }: FollowOptions): AsyncGenerator<readonly Message[]> {
    let position: number | undefined
    let lastYield = performance.now()
    for (;;) {
      signal.throwIfAborted()
      // Starts before the query, so that a message that is stored during the query wakes this follower.
      const change = this.#nextChange(signal)
      position ??= await this.#whileAvailable(this.#source.start(after), signal)
      const messages = position === undefined ? [] : ((await this.#whileAvailable(this.#read(position), signal)) ?? [])
      const last = messages.at(-1)
      if (last !== undefined) position = this.#source.positionOf(last)
      if (last !== undefined || performance.now() - lastYield >= heartbeat) {
        change.cancel()
        yield messages
        lastYield = performance.now()
      } else {
        await change.arrived
      }
    }
  }

  /** Returns undefined if the database cannot be used now. */
  async #whileAvailable<Result>(query: Promise<Result>, signal: AbortSignal): Promise<Result | undefined> {
    try {
      return await query
    } catch (error) {
      signal.throwIfAborted()
      if (isTemporary(error) && error.code !== 'closed') return undefined
      throw error
    }
  }

  #read(position: number): Promise<readonly Message[]> {
    const known = this.#reading.get(position)
    if (known) return known
    const reading = this.#source.read(position).finally(() => {
      if (this.#reading.get(position) === reading) this.#reading.delete(position)
    })
    this.#reading.set(position, reading)
    return reading
  }

  /** `arrived` resolves when messages were stored, after the time between two polls, or when the signal is aborted. */
  #nextChange(signal: AbortSignal): { readonly arrived: Promise<void>; cancel(): void } {
    let cancel = () => {}
    const arrived = new Promise<void>(resolve => {
      const timer = setTimeout(() => cancel(), this.#pollInterval).unref()
      cancel = () => {
        clearTimeout(timer)
        this.#waiting.delete(cancel)
        signal.removeEventListener('abort', cancel)
        resolve()
      }
      signal.addEventListener('abort', cancel, { once: true })
      this.#waiting.add(cancel)
    })
    return { arrived, cancel: () => cancel() }
  }
}
