/**
 * A semaphore with a bounded queue. `p-limit` would need the bound around it, and starts every task a tick later.
 */
export class Semaphore {
  readonly #maxQueued: number
  readonly #queue: (() => void)[] = []
  #free: number

  /** @param bounds `concurrency` tasks run at once; `maxQueued` more wait in order */
  constructor(bounds: { readonly concurrency: number; readonly maxQueued: number }) {
    this.#free = bounds.concurrency
    this.#maxQueued = bounds.maxQueued
  }

  /** Runs the task, now or after those before it. Returns undefined, and does not run it, if the queue is full. */
  run<Result>(task: () => Promise<Result>): Promise<Result> | undefined {
    if (this.#free > 0) {
      this.#free -= 1
      return this.#runAndRelease(task)
    }
    if (this.#queue.length >= this.#maxQueued) return undefined
    return new Promise<void>(resolve => this.#queue.push(resolve)).then(() => this.#runAndRelease(task))
  }

  async #runAndRelease<Result>(task: () => Promise<Result>): Promise<Result> {
    try {
      return await task()
    } finally {
      // Passes the permit to the next task directly: if it became free first, a new task could take it too.
      const startNext = this.#queue.shift()
      if (startNext) startNext()
      else this.#free += 1
    }
  }
}
