/**
 * One client's connection: its requests have their turn one after another. node:http would hand out a pipelined request
 * while the one before it is still being answered; a client could then have a thousand files open at once, and a request
 * that cannot be parsed would be answered before the good ones that came first. And a client that sends a thousand at once
 * gives others their turn in between.
 */
import type { Socket } from 'node:net'
import { plainHost } from '../../shared/net/address.ts'
import type { ConnectionGuard } from '../../shared/net/connection-guard.ts'
import type { Conversation } from '../../shared/trace/conversation.ts'
import type { Answer } from './answer.ts'
import { LINGER_MS, MAX_LINGER_BYTES, MAX_PIPELINED, TURN_MS } from './limits.ts'

export class Connection {
  readonly guard: ConnectionGuard
  /** What the trace tells of it. */
  readonly conversation: Conversation
  readonly #socket: Socket
  readonly #waiting: (() => void)[] = []
  #busy = false
  /** When others have to get their turn: milliseconds of `performance.now()`. */
  #turnEnd = 0
  #closing = false
  #failed = false
  #readBeforeFailure = 0
  /** Refuses the request whose body is being read. */
  #refuse: ((answer: Answer) => void) | undefined
  #used = false
  #released = false

  constructor(socket: Socket, guard: ConnectionGuard, conversation: Conversation) {
    this.#socket = socket
    this.guard = guard
    this.conversation = conversation
  }

  /** Gives the connection away, unless it was used already. */
  release(): boolean {
    this.#released = !this.#used && !this.#failed
    return this.#released
  }

  /** True where another protocol is spoken on it now, and it is somebody else's to close. */
  get released(): boolean {
    return this.#released
  }

  /** Who is at the other end. */
  get client(): { readonly address: string; readonly port: number } {
    const { remoteAddress = '', remotePort = 0 } = this.#socket
    return { address: plainHost(remoteAddress), port: remotePort }
  }

  /** From now to its answer, the request in hand waits for its body; `refuse` gives it that answer in the body's place. */
  whileReading(refuse: (answer: Answer) => void): void {
    this.#refuse = refuse
  }

  /** What came is not HTTP any more. Where it is in the middle of a body that is wanted, its request has that answer. */
  breakOff(answer: Answer): boolean {
    if (!this.#refuse) return false
    this.#failed = true
    this.#refuse(answer)
    this.#refuse = undefined
    return true
  }

  /** Does the work when those before it have called `done`; it has to call `done` itself. */
  turn(work: () => void): void {
    this.#used = true
    if (!this.#busy) {
      this.#busy = true
      this.#turnEnd = performance.now() + TURN_MS
      this.guard.run(work)
    } else if (this.#waiting.length < MAX_PIPELINED) {
      this.#waiting.push(work)
    } else {
      this.#socket.destroy()
    }
  }

  /** The answer has been sent, or cannot be. */
  readonly done = (): void => {
    this.#refuse = undefined
    if (this.#waiting.length === 0 || performance.now() < this.#turnEnd) this.#goOn()
    else setImmediate(() => this.#nextTurn())
  }

  #nextTurn(): void {
    this.#turnEnd = performance.now() + TURN_MS
    this.#goOn()
  }

  #goOn(): void {
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
    if (this.#released) return
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
