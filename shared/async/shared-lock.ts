/** A lock that many callers can share, or one can have for itself. Callers get it in the order of their calls. Pure. */

interface Waiting {
  readonly isExclusive: boolean
  grant(): void
}

/** Releases the lock; call it once. */
export type Release = () => void

export class SharedLock {
  readonly #waiting: Waiting[] = []
  #sharers = 0
  #isExclusive = false

  /** Waits while a caller has the lock for itself, or waits for that. */
  acquireShared(): Promise<Release> {
    return this.#acquire(false)
  }

  /** Waits until no other caller has the lock. */
  acquireExclusive(): Promise<Release> {
    return this.#acquire(true)
  }

  #acquire(isExclusive: boolean): Promise<Release> {
    return new Promise(resolve => {
      this.#waiting.push({ isExclusive, grant: () => resolve(() => this.#release()) })
      this.#grant()
    })
  }

  #release(): void {
    if (this.#isExclusive) this.#isExclusive = false
    else this.#sharers -= 1
    this.#grant()
  }

  /** Grants the lock to as many waiting callers as possible. */
  #grant(): void {
    for (;;) {
      const [next] = this.#waiting
      if (!next || this.#isExclusive || (next.isExclusive && this.#sharers > 0)) return
      this.#waiting.shift()
      if (next.isExclusive) this.#isExclusive = true
      else this.#sharers += 1
      next.grant()
    }
  }
}
