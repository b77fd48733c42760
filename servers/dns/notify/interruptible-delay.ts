/** A delay that can end early. One delay at a time. */
export class InterruptibleDelay {
  #interrupt: () => void = () => {}
  #closed = false

  wait(milliseconds: number): Promise<void> {
    if (this.#closed) return Promise.resolve()
    return new Promise(resolve => {
      const timer = setTimeout(resolve, milliseconds)
      this.#interrupt = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  interrupt(): void {
    this.#interrupt()
  }

  /** Ends the current delay; later ones end immediately. */
  close(): void {
    this.#closed = true
    this.#interrupt()
  }
}
