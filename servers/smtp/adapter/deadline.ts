/** The time by which a client must have sent its next command or the rest of its message. */
export class Deadline {
  #timer: NodeJS.Timeout | undefined
  #milliseconds = 0
  #onExpired: (() => void) | undefined

  /** Starts, or starts again with the full time. */
  start(milliseconds: number, onExpired: () => void): void {
    this.#onExpired = onExpired
    if (this.#timer && this.#milliseconds === milliseconds) {
      this.#timer.refresh()
      return
    }
    this.clear()
    this.#onExpired = onExpired
    this.#milliseconds = milliseconds
    this.#timer = setTimeout(() => this.#onExpired?.(), milliseconds)
    this.#timer.unref()
  }

  /** Waits without a bound until the next `start`. Keeps the timer, because `start` follows for every command. */
  stop(): void {
    this.#onExpired = undefined
  }

  /** Releases the timer. */
  clear(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#onExpired = undefined
  }
}
