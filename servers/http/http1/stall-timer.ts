/** Disconnects clients that read nothing of what the server sends. */
import type { Socket } from 'node:net'

/** Checks per timeout: a client is disconnected at most a quarter of it late. */
const CHECKS = 4

/** What Node counts for a connection and has no public name. */
interface StreamHandle {
  /** Bytes that Node was given, without those that wait in the socket's own queue. */
  readonly bytesWritten: number
  /** Those of them that the system has not taken. */
  readonly writeQueueSize: number
  /** Under TLS, the connection that carries it. */
  readonly _parent?: StreamHandle
}

/**
 * Destroys a socket if bytes wait to be sent and the system has taken none for a time. `socket.setTimeout` does not: bytes
 * that arrive restart it, so that a client could hold a connection, and memory, with a byte from time to time.
 */
export class StallTimer {
  readonly #socket: Socket
  readonly #timer: NodeJS.Timeout
  /** Bytes that the system had taken at the last check; undefined if none waited. */
  #taken: number | undefined
  #checksWithoutProgress = 0

  /** @param timeout milliseconds */
  constructor(socket: Socket, timeout: number) {
    this.#socket = socket
    this.#timer = setInterval(() => this.#check(), timeout / CHECKS)
    this.#timer.unref()
    socket.once('close', () => this.stop())
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #check(): void {
    const taken = hasUnsentBytes(this.#socket) ? takenBytes(this.#socket) : undefined
    const hasProgress = taken === undefined || taken !== this.#taken
    this.#taken = taken
    this.#checksWithoutProgress = hasProgress ? 0 : this.#checksWithoutProgress + 1
    if (this.#checksWithoutProgress === CHECKS) this.#socket.destroy()
  }
}

/** The end of the connection counts: it is sent after the bytes. */
function hasUnsentBytes(socket: Socket): boolean {
  return socket.writableLength > 0 || (socket.writableEnded && !socket.writableFinished)
}

/** Counts bytes, not writes: one large write is taken in many parts. Above TLS, Node counts only the whole. */
function takenBytes(socket: Socket): number {
  const { _handle: handle } = socket as Socket & { readonly _handle?: StreamHandle | null }
  const { bytesWritten, writeQueueSize } = handle?._parent ?? handle ?? { bytesWritten: 0, writeQueueSize: 0 }
  return bytesWritten - writeQueueSize
}
