/**
 * One HTTP/1.1 connection: a queue that handles its requests one at a time. node:http emits a pipelined request before the
 * response to the previous one is sent. Without a queue, a client could open a thousand files at once, and the error response
 * to a malformed request could overtake the responses to the requests before it. The queue also yields to other connections,
 * so that a client that pipelines many requests does not block them.
 */
import type { Socket } from 'node:net'
import type { ConnectionGuard } from '../../../shared/net/connection-guard.ts'
import type { ConnectionHandler, StreamConnection } from '../../../shared/net/stream-server.ts'
import { LINGER_MS, MAX_LINGER_BYTES, MAX_PIPELINED, TIME_SLICE_MS } from '../limits.ts'
import type { Response } from '../response/response.ts'

export class Http1Connection {
  /** The TCP or TLS connection. */
  readonly streamConnection: StreamConnection
  readonly #socket: Socket
  /** Milliseconds from any fixed point. */
  readonly #now: () => number
  readonly #queue: (() => void)[] = []
  #busy = false
  /** The time at which the queue yields to other connections. */
  #sliceEnd = 0
  #closing = false
  #failed = false
  #bytesReadBeforeFailure = 0
  /** Defined while a handler reads a request body: ends that read with an error response. */
  #endBodyRead: ((response: Response) => void) | undefined
  #used = false
  /** Handles the connection after it was handed over to another protocol. */
  #successor: ConnectionHandler | undefined

  constructor(streamConnection: StreamConnection, now: () => number = performance.now.bind(performance)) {
    this.streamConnection = streamConnection
    this.#socket = streamConnection.socket
    this.#now = now
  }

  get guard(): ConnectionGuard {
    return this.streamConnection.guard
  }

  /** True until the first request, valid or not. */
  get isUnused(): boolean {
    return !this.#used && !this.#failed
  }

  /** Hands the connection over to another protocol. */
  handOver(successor: ConnectionHandler): void {
    this.#successor = successor
  }

  get isHandedOver(): boolean {
    return this.#successor !== undefined
  }

  /** A handler reads the body of the current request; `abortBodyRead` calls `end`. */
  trackBodyRead(end: (response: Response) => void): void {
    this.#endBodyRead = end
  }

  /** Makes `response` the response to the request whose body is being read. Returns false if no body is being read. */
  abortBodyRead(response: Response): boolean {
    if (!this.#endBodyRead) return false
    this.#failed = true
    this.#endBodyRead(response)
    this.#endBodyRead = undefined
    return true
  }

  /** Runs `work` when all work before it is done. `work` must lead to a call of `done`. */
  enqueue(work: () => void): void {
    this.#used = true
    if (!this.#busy) {
      this.#busy = true
      this.#sliceEnd = this.#now() + TIME_SLICE_MS
      this.guard.run(work)
    } else if (this.#queue.length < MAX_PIPELINED) {
      this.#queue.push(work)
    } else {
      this.#socket.destroy()
    }
  }

  /** Ends the current work: its response was sent, or cannot be sent. */
  readonly done = (): void => {
    this.#endBodyRead = undefined
    if (this.#queue.length === 0 || this.#now() < this.#sliceEnd) this.#startNext()
    else setImmediate(() => this.#startNextSlice())
  }

  #startNextSlice(): void {
    this.#sliceEnd = this.#now() + TIME_SLICE_MS
    this.#startNext()
  }

  #startNext(): void {
    const next = this.#socket.destroyed ? undefined : this.#queue.shift()
    if (next) {
      this.guard.run(next)
    } else {
      this.#busy = false
      if (this.#closing) this.#socket.destroySoon()
    }
  }

  /** Closes the connection after the pending responses. */
  close(): void {
    if (this.#successor) {
      this.#successor.finish?.()
      return
    }
    this.#closing = true
    if (!this.#busy) this.#socket.destroySoon()
  }

  /**
   * Sends a last response after the pending responses, then closes the connection. Before it closes, it discards input for a
   * while, because closing with unread bytes resets the connection, and the client would lose the response.
   *
   * @param serialize is called when the pending responses were sent
   */
  sendLastResponse(serialize: () => Uint8Array): void {
    // node's parser reports an error for every further chunk.
    if (this.#failed) {
      if (this.#socket.bytesRead > this.#bytesReadBeforeFailure + MAX_LINGER_BYTES) this.#socket.destroy()
      return
    }
    this.#failed = true
    this.#bytesReadBeforeFailure = this.#socket.bytesRead
    this.enqueue(() => {
      this.#socket.end(serialize())
      const timer = setTimeout(() => this.#socket.destroy(), LINGER_MS)
      this.#socket.once('end', () => this.#socket.destroy())
      this.#socket.resume()
      this.#socket.once('close', () => clearTimeout(timer))
    })
  }
}
