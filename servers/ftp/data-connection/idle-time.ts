/**
 * Measures how long a data connection makes no progress: the sockets of Node see only what passes between them and the system, which can
 * keep megabytes for a client that reads slowly. Pure.
 */

/** The state of a connection that Node's socket counts as idle. */
export interface ConnectionProgress {
  /** Milliseconds; it never decreases. */
  readonly now: number
  /** Milliseconds since the last measurement until the socket had no activity for an interval. */
  readonly waited: number
  /** Bytes that were read and written. */
  readonly transferred: number
  /** Bytes that were written, and that the peer has not acknowledged. */
  readonly unacknowledged: number
}

/** If the socket waited for this many intervals, it has seen activity meanwhile. Timers can be late. */
const ACTIVE_INTERVALS = 1.9

export class IdleTime {
  readonly #interval: number
  #quietSince = 0
  #last: ConnectionProgress | undefined

  /** @param interval milliseconds without activity of the socket before each measurement */
  constructor(interval: number) {
    this.#interval = interval
  }

  /** Returns the milliseconds since which there is certainly no progress. */
  measure(current: ConnectionProgress): number {
    const { now, waited, transferred, unacknowledged } = current
    const last = this.#last
    this.#last = current
    if (!last || last.transferred !== transferred || waited > ACTIVE_INTERVALS * this.#interval) {
      // When the peer has acknowledged a part of the bytes is not known yet.
      this.#quietSince = unacknowledged > 0 ? now : now - this.#interval
    } else if (last.unacknowledged !== unacknowledged) {
      this.#quietSince = now
    }
    return now - this.#quietSince
  }
}
