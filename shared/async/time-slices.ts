/** How long the work of one turn of the event loop may take. */
const SLICE_MS = 10

/**
 * Divides the time of the event loop among many connections. One turn of the loop reads from every socket that has bytes; with
 * a thousand of them the work takes so long that timers and other sockets wait. What exceeds the slice of a turn runs in the
 * next turns, in its order. A caller has at most one piece of work waiting, which bounds the queue by the connections.
 */
export class TimeSlices {
  readonly #now: () => number
  readonly #waiting: (() => void)[] = []
  #endsAt = 0
  #nextTurn: NodeJS.Immediate | undefined

  /** @param now the clock, in milliseconds */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** Runs the work now if the slice of this turn is not over. */
  run(work: () => void): void {
    if (!this.#nextTurn) this.#startSlice()
    if (this.#waiting.length > 0 || this.#now() >= this.#endsAt) this.#waiting.push(work)
    else work()
  }

  #startSlice(): void {
    this.#endsAt = this.#now() + SLICE_MS
    this.#nextTurn = setImmediate(() => this.#continue())
  }

  #continue(): void {
    this.#nextTurn = undefined
    if (this.#waiting.length === 0) return
    this.#startSlice()
    while (this.#waiting.length > 0 && this.#now() < this.#endsAt) this.#waiting.shift()?.()
  }
}
