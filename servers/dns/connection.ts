/** One TCP connection (RFC 7766): queries come one after the other without waiting, and are answered in that order. */
import type { Socket } from 'node:net'
import { FrameReader, frame } from '../../shared/dns/frames.ts'
import type { Guard } from '../../shared/listener.ts'

/** How long a client may take for its next whole query. */
const IDLE_TIMEOUT_MS = 10_000

/** The response to a query; undefined where none is due. */
export type Respond = (query: Buffer) => Buffer | undefined

export class Connection {
  readonly #socket: Socket
  readonly #respond: Respond
  readonly #frames = new FrameReader()
  readonly #idle: NodeJS.Timeout
  /** Queries read and not answered yet, since the client does not take its answers. At most what one read brings. */
  #waiting: Buffer[] = []
  #over = false

  constructor(socket: Socket, guard: Guard, respond: Respond, idleTime = IDLE_TIMEOUT_MS) {
    this.#socket = socket
    this.#respond = respond
    this.#idle = setTimeout(() => socket.destroy(), idleTime)
    guard.on('data', (bytes: Buffer) => this.#take(bytes))
    guard.on('end', () => this.finish())
    guard.on('drain', () => this.#answerWaiting())
    socket.on('close', () => clearTimeout(this.#idle))
  }

  /** Answers what was asked, then closes. */
  finish(): void {
    this.#over = true
    this.#answerWaiting()
  }

  #take(bytes: Buffer): void {
    if (this.#over) return
    const queries = this.#frames.push(bytes)
    if (queries.length > 0) this.#idle.refresh()
    this.#waiting.push(...queries)
    this.#answerWaiting()
  }

  /** Answers until the client is behind with reading; nothing more is read from it until it has caught up. */
  #answerWaiting(): void {
    while (this.#waiting.length > 0 && !this.#socket.writableNeedDrain) {
      const response = this.#respond(this.#waiting.shift() ?? Buffer.alloc(0))
      if (response) this.#socket.write(frame(response))
      // What gets no response is no query: the other end does not speak DNS.
      else this.#giveUp()
    }
    if (this.#waiting.length > 0) this.#socket.pause()
    else if (this.#over) this.#socket.destroySoon()
    else this.#socket.resume()
  }

  #giveUp(): void {
    this.#waiting = []
    this.#over = true
  }
}
