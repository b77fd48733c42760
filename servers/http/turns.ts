/** So many at a time, so many more in a queue, and no more. */

export class Turns {
  readonly #atOnce: number
  readonly #maxWaiting: number
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(bounds: { readonly atOnce: number; readonly maxWaiting: number }) {
    this.#atOnce = bounds.atOnce
    this.#maxWaiting = bounds.maxWaiting
  }

  /** Does the work when its turn comes; undefined, and nothing done, where the queue is full. */
  take<Result>(work: () => Promise<Result>): Promise<Result> | undefined {
    if (this.#running < this.#atOnce) return this.#run(work)
    if (this.#waiting.length >= this.#maxWaiting) return undefined
    return new Promise<void>(resolve => this.#waiting.push(resolve)).then(() => this.#run(work))
  }

  async #run<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#running += 1
    try {
      return await work()
    } finally {
      this.#running -= 1
      this.#waiting.shift()?.()
    }
  }
}
