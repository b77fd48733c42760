/** So many at a time, so many more in a queue, and no more. */

export class Semaphore {
  readonly #maxWaiting: number
  readonly #waiting: (() => void)[] = []
  #free: number

  constructor(bounds: { readonly atOnce: number; readonly maxWaiting: number }) {
    this.#free = bounds.atOnce
    this.#maxWaiting = bounds.maxWaiting
  }

  /** Does the work when its turn comes; undefined, and nothing done, where the queue is full. */
  run<Result>(work: () => Promise<Result>): Promise<Result> | undefined {
    if (this.#free > 0) {
      this.#free -= 1
      return this.#runAndRelease(work)
    }
    if (this.#waiting.length >= this.#maxWaiting) return undefined
    return new Promise<void>(resolve => this.#waiting.push(resolve)).then(() => this.#runAndRelease(work))
  }

  async #runAndRelease<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work()
    } finally {
      // Handed on, not given back: whoever comes before the next one begins would be one too many.
      const next = this.#waiting.shift()
      if (next) next()
      else this.#free += 1
    }
  }
}
