/**
 * One connection, by TCP or TLS (RFC 7766): queries come one after the other without waiting, and each is answered as
 * soon as its answer is there. One client can hold up neither the others nor the process: it gets its turn of work and
 * then waits for its next, is not read while it does not read, and is cut off when it says nothing.
 */
import type { Socket } from 'node:net'
import { FrameReader, frame } from '../../../shared/dns/frames.ts'
import type { ConnectionGuard } from '../../../shared/net/connection-guard.ts'
import type { Reply } from '../name-server.ts'

/** How long a client may take for its next whole query, or for what was written to it (RFC 7766, section 6.2.3). */
const IDLE_TIMEOUT_MS = 10_000
/** How long a connection is worked for before others get their turn; one answer of 64 KiB takes less. */
const TURN_MS = 2
/** Replies that take time, under way at once on one connection. What is asked beyond that waits. */
const MAX_UNDER_WAY = 32

/** The reply to a query; undefined where none is due. */
export type Respond = (query: Buffer) => Reply

export class Connection {
  readonly #socket: Socket
  readonly #guard: ConnectionGuard
  readonly #respond: Respond
  readonly #frames = new FrameReader()
  readonly #idleTimer: NodeJS.Timeout
  /** Queries read and not looked at yet. At most what one read brings, since nothing more is read while there are any. */
  #waiting: Buffer[] = []
  #underWay = 0
  #heardAt = performance.now()
  #turnPlanned = false
  /** True once no more queries are taken. */
  #over = false
  /** Whoever has something to write and must wait until the client has read. */
  #writers: (() => void)[] = []

  /** @param idleTime milliseconds after which a client that sends and takes nothing is cut off */
  constructor(socket: Socket, guard: ConnectionGuard, respond: Respond, idleTime = IDLE_TIMEOUT_MS) {
    this.#socket = socket
    this.#guard = guard
    this.#respond = respond
    this.#idleTimer = setTimeout(() => this.#idleTooLong(), idleTime)
    guard.on('data', (bytes: Buffer) => this.#take(bytes))
    guard.on('end', () => this.finish())
    guard.on('drain', () => this.#drained())
    socket.once('close', () => this.#closed())
  }

  /** True while the client has nothing to expect: all that it asked is answered, and it has read it. */
  get idle(): boolean {
    return this.#waiting.length === 0 && this.#underWay === 0 && this.#socket.writableLength === 0
  }

  /** When the client's last whole query came, or the connection was made: milliseconds of `performance.now()`. */
  get heardAt(): number {
    return this.#heardAt
  }

  /** Answers what was asked, then closes. */
  finish(): void {
    this.#over = true
    this.#work()
  }

  #take(bytes: Buffer): void {
    if (this.#over) return
    const queries = this.#frames.push(bytes)
    if (queries.length > 0) {
      this.#idleTimer.refresh()
      this.#heardAt = performance.now()
    }
    this.#waiting.push(...queries)
    this.#work()
  }

  /** One turn: answers until it has taken its time, the client is behind with reading, or too much is under way. */
  #work(): void {
    const end = performance.now() + TURN_MS
    while (this.#mayAnswer()) {
      const query = this.#waiting.shift()
      if (query) this.#answer(query)
      if (performance.now() > end) break
    }
    if (this.#mayAnswer()) this.#planTurn()
    if (this.#waiting.length > 0) this.#socket.pause()
    else if (!this.#over) this.#socket.resume()
    else if (this.#underWay === 0) this.#socket.destroySoon()
  }

  #mayAnswer(): boolean {
    const { writableNeedDrain, destroyed } = this.#socket
    return this.#waiting.length > 0 && !writableNeedDrain && !destroyed && this.#underWay < MAX_UNDER_WAY
  }

  #planTurn(): void {
    if (this.#turnPlanned) return
    this.#turnPlanned = true
    setImmediate(() => {
      this.#turnPlanned = false
      this.#guard.run(() => this.#work())
    })
  }

  #answer(query: Buffer): void {
    const reply = this.#respond(query)
    if (Buffer.isBuffer(reply)) this.#socket.write(frame(reply))
    else if (reply) void this.#answerInTime(reply)
    // What gets no response is no query: the other end does not speak DNS.
    else this.#giveUp()
  }

  async #answerInTime(reply: AsyncIterable<Buffer>): Promise<void> {
    this.#underWay++
    try {
      for await (const response of reply) {
        await this.#writable()
        if (this.#socket.destroyed) break
        this.#idleTimer.refresh()
        this.#socket.write(frame(response))
      }
    } catch (error) {
      this.#guard.end(error)
    }
    this.#underWay--
    this.#guard.run(() => this.#work())
  }

  /** Resolves once the client has read what was written to it, or is gone. */
  async #writable(): Promise<void> {
    while (this.#socket.writableNeedDrain && !this.#socket.destroyed) {
      await new Promise<void>(resolve => this.#writers.push(resolve))
    }
  }

  #drained(): void {
    this.#idleTimer.refresh()
    this.#wakeWriters()
    this.#work()
  }

  #wakeWriters(): void {
    const writers = this.#writers
    this.#writers = []
    for (const wake of writers) wake()
  }

  /** Whoever waits for an answer under way is not idle, as long as it reads what it gets. */
  #idleTooLong(): void {
    if (this.#underWay > 0 && this.#socket.writableLength === 0) this.#idleTimer.refresh()
    else this.#socket.destroy()
  }

  #giveUp(): void {
    this.#waiting = []
    this.#over = true
  }

  #closed(): void {
    clearTimeout(this.#idleTimer)
    this.#waiting = []
    this.#wakeWriters()
  }
}
