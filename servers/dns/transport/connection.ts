/**
 * One TCP or TLS connection (RFC 7766). Queries can be pipelined; each response is sent when it is ready. A connection cannot
 * block others: it works in time slices, stops reading while the client does not read, and closes when it is idle.
 */
import type { Socket } from 'node:net'
import { FrameReader, frame } from '../../../shared/dns/frames.ts'
import type { ConnectionGuard } from '../../../shared/net/connection-guard.ts'
import type { ConnectionHandler } from '../../../shared/net/stream-server.ts'
import type { Reply } from '../name-server.ts'

/** Time in which the client has to send a complete query, or read responses (RFC 7766, section 6.2.3). */
const IDLE_TIMEOUT_MS = 10_000
/** A connection works this long before others run; a response of 64 KiB takes less. */
const SLICE_MS = 2
/** Concurrent replies that take time; further queries wait. */
const MAX_PENDING = 32

/** Returns the reply to a query; undefined if it gets none. */
export type Respond = (query: Buffer) => Reply

export interface ConnectionOptions {
  /** Milliseconds after which a client that neither sends nor reads is disconnected. */
  readonly idleTime?: number
  /** The clock of time slices, in milliseconds. */
  readonly now?: () => number
}

export class Connection implements ConnectionHandler {
  readonly #socket: Socket
  readonly #guard: ConnectionGuard
  readonly #respond: Respond
  readonly #now: () => number
  readonly #frames = new FrameReader()
  readonly #idleTimer: NodeJS.Timeout
  /** Received queries without a reply. Reading stops while there are any, so they are from one read. */
  #queries: Buffer[] = []
  #pending = 0
  #lastQueryAt = performance.now()
  #sliceScheduled = false
  #acceptsQueries = true
  /** Resume replies that wait until the client has read. */
  #writers: (() => void)[] = []

  constructor(socket: Socket, guard: ConnectionGuard, respond: Respond, options: ConnectionOptions = {}) {
    const { idleTime = IDLE_TIMEOUT_MS, now = () => performance.now() } = options
    this.#socket = socket
    this.#guard = guard
    this.#respond = respond
    this.#now = now
    this.#idleTimer = setTimeout(() => this.#onIdle(), idleTime)
    guard.on('data', (bytes: Buffer) => this.#receive(bytes))
    guard.on('end', () => this.finish())
    guard.on('drain', () => this.#onDrain())
    socket.once('close', () => this.#onClose())
  }

  /** True if every query has its response and the client has read it. */
  get idle(): boolean {
    return this.#queries.length === 0 && this.#pending === 0 && this.#socket.writableLength === 0
  }

  /** The time of the last complete query, or of the connection: milliseconds of `performance.now()`. */
  get lastQueryAt(): number {
    return this.#lastQueryAt
  }

  /** Responds to the received queries, then closes. */
  finish(): void {
    this.#acceptsQueries = false
    this.#work()
  }

  #receive(bytes: Buffer): void {
    if (!this.#acceptsQueries) return
    const queries = this.#frames.push(bytes)
    if (queries.length > 0) {
      this.#idleTimer.refresh()
      this.#lastQueryAt = performance.now()
    }
    this.#queries.push(...queries)
    this.#work()
  }

  /** Works for one time slice, until the client has to read, or until too many replies are pending. */
  #work(): void {
    const end = this.#now() + SLICE_MS
    while (this.#canWork()) {
      const query = this.#queries.shift()
      if (query) this.#reply(query)
      if (this.#now() > end) break
    }
    if (this.#canWork()) this.#scheduleSlice()
    if (this.#queries.length > 0) this.#socket.pause()
    else if (this.#acceptsQueries) this.#socket.resume()
    else if (this.#pending === 0) this.#socket.destroySoon()
  }

  #canWork(): boolean {
    const { writableNeedDrain, destroyed } = this.#socket
    return this.#queries.length > 0 && !writableNeedDrain && !destroyed && this.#pending < MAX_PENDING
  }

  #scheduleSlice(): void {
    if (this.#sliceScheduled) return
    this.#sliceScheduled = true
    setImmediate(() => {
      this.#sliceScheduled = false
      this.#guard.run(() => this.#work())
    })
  }

  #reply(query: Buffer): void {
    const reply = this.#respond(query)
    if (Buffer.isBuffer(reply)) this.#socket.write(frame(reply))
    else if (reply) void this.#writeReply(reply)
    // Only messages that are not queries get no response: the client does not use DNS.
    else this.#stop()
  }

  async #writeReply(reply: AsyncIterable<Buffer>): Promise<void> {
    this.#pending++
    try {
      for await (const response of reply) {
        await this.#waitForDrain()
        if (this.#socket.destroyed) break
        this.#idleTimer.refresh()
        this.#socket.write(frame(response))
      }
    } catch (error) {
      this.#guard.end(error)
    }
    this.#pending--
    this.#guard.run(() => this.#work())
  }

  /** Resolves when the client has read enough, or the connection is closed. */
  async #waitForDrain(): Promise<void> {
    while (this.#socket.writableNeedDrain && !this.#socket.destroyed) {
      await new Promise<void>(resolve => this.#writers.push(resolve))
    }
  }

  #onDrain(): void {
    this.#idleTimer.refresh()
    this.#resumeWriters()
    this.#work()
  }

  #resumeWriters(): void {
    const writers = this.#writers
    this.#writers = []
    for (const resume of writers) resume()
  }

  /** A client that waits for a reply is not idle if it has read all earlier ones. */
  #onIdle(): void {
    if (this.#pending > 0 && this.#socket.writableLength === 0) this.#idleTimer.refresh()
    else this.#socket.destroy()
  }

  #stop(): void {
    this.#queries = []
    this.#acceptsQueries = false
  }

  #onClose(): void {
    clearTimeout(this.#idleTimer)
    this.#queries = []
    this.#resumeWriters()
  }
}
