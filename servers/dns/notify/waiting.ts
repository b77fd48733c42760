/** Waits that can be ended, and places that are waited for. */

/** One wait at a time, ended by its time, or by whoever has news. */
export class Pause {
  #end: () => void = () => {}
  #closed = false

  wait(milliseconds: number): Promise<void> {
    if (this.#closed) return Promise.resolve()
    return new Promise(resolve => {
      const timer = setTimeout(resolve, milliseconds)
      this.#end = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  end(): void {
    this.#end()
  }

  /** Ends the wait, and every one after it. */
  close(): void {
    this.#closed = true
    this.#end()
  }
}

/** So many may work at once; the others wait for their turn, in order. */
export class Places {
  #free: number
  readonly #waiting: (() => void)[] = []

  constructor(count: number) {
    this.#free = count
  }

  async use<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#free > 0) this.#free--
    else await new Promise<void>(resolve => this.#waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#free++
    }
  }
}
