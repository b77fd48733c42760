/**
 * Bounds the memory of the transfers of a server. A transfer holds two parts at a time, one that is read or received and one that is
 * sent or written. Pure.
 */

/** Larger parts are not faster; parts of 64 KiB take four times as long. */
const LARGE_PART_BYTES = 1024 * 1024
const SMALL_PART_BYTES = 64 * 1024
/** Transfers with large parts at the same time: together they hold 64 MiB. */
const MAX_LARGE = 32

/** The size of the parts of one transfer. */
export interface PartSize {
  readonly bytes: number
  /** Call it once, after the transfer. */
  release(): void
}

export class PartBudget {
  #large = 0

  take(): PartSize {
    if (this.#large >= MAX_LARGE) return { bytes: SMALL_PART_BYTES, release: () => {} }
    this.#large += 1
    return {
      bytes: LARGE_PART_BYTES,
      release: () => {
        this.#large -= 1
      },
    }
  }
}
