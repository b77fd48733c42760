/** One wait at a time, ended by its time, or by whoever has news. */
export class InterruptibleDelay {
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
