/**
 * One client's connection: its requests have their turn one after another. node:http would hand out a pipelined request
 * while the one before it is still being answered; a client could then have a thousand files open at once, and a request
 * that cannot be parsed would be answered before the good ones that came first.
 */
import type { Socket } from 'node:net'
import type { Guard } from '../../shared/listener.ts'
import { LINGER_MS, MAX_LINGER_BYTES, MAX_PIPELINED } from './limits.ts'

export class Connection {
  readonly guard: Guard
  readonly #socket: Socket
  readonly #waiting: (() => void)[] = []
  #busy = false
  #closing = false
  #failed = false
  #readBeforeFailure = 0

  constructor(socket: Socket, guard: Guard) {
    this.#socket = socket
    this.guard = guard
  }

  /** Does the work when those before it have called `done`; it has to call `done` itself. */
  turn(work: () => void): void {
    if (!this.#busy) {
      this.#busy = true
      this.guard.run(work)
    } else if (this.#waiting.length < MAX_PIPELINED) {
      this.#waiting.push(work)
    } else {
      this.#socket.destroy()
    }
  }

  /** The answer has been sent, or cannot be. */
  readonly done = (): void => {
    const next = this.#socket.destroyed ? undefined : this.#waiting.shift()
    if (next) {
      this.guard.run(next)
    } else {
      this.#busy = false
      if (this.#closing) this.#socket.destroySoon()
    }
  }

  /** Ends the connection: at once where nothing is under way, else after the answers that are due. */
  close(): void {
    this.#closing = true
    if (!this.#busy) this.#socket.destroySoon()
  }

  /**
   * What came is not HTTP (any more): says so in its turn, and closes. What else the client sends is passed over for a
   * while, since closing on unread bytes resets the connection, and the client would never read the answer.
   */
  fail(answer: () => Uint8Array): void {
    // The parser reports every further piece of what it cannot parse.
    if (this.#failed) {
      if (this.#socket.bytesRead > this.#readBeforeFailure + MAX_LINGER_BYTES) this.#socket.destroy()
      return
    }
    this.#failed = true
    this.#readBeforeFailure = this.#socket.bytesRead
    this.turn(() => {
      this.#socket.end(answer())
      const timer = setTimeout(() => this.#socket.destroy(), LINGER_MS)
      this.#socket.once('end', () => this.#socket.destroy())
      this.#socket.resume()
      this.#socket.once('close', () => clearTimeout(timer))
    })
  }
}
