/** Waits before each part of a transfer, as its throttle requires. */
import type { Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import type { Throttle } from './throttle.ts'

/** A longer wait has pauses, after which the connection again counts as active: it is the server that waits. */
const MAX_PAUSE_MS = 1000

export class Pacer {
  readonly #throttle: Throttle
  readonly #socket: Socket
  readonly #closed = new AbortController()

  constructor(throttle: Throttle, socket: Socket) {
    this.#throttle = throttle
    this.#socket = socket
    socket.once('close', () => this.#closed.abort())
  }

  /** Maximum size of a part. */
  get partBytes(): number {
    return this.#throttle.chunkBytes
  }

  /** Resolves when the bytes may be sent or stored, or when the connection is closed. */
  async wait(bytes: number): Promise<void> {
    const { signal } = this.#closed
    const idleTimeout = this.#socket.timeout ?? 0
    const pause = idleTimeout > 0 ? Math.min(MAX_PAUSE_MS, idleTimeout / 2) : MAX_PAUSE_MS
    for (let left = this.#throttle.reserve(bytes); left > 0 && !signal.aborted; left -= pause) {
      await wait(Math.min(left, pause), undefined, { signal }).catch(() => undefined)
      this.#socket.setTimeout(idleTimeout)
    }
  }
}
