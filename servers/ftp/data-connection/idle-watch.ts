/** Closes data connections that make no progress. */
import type { Socket } from 'node:net'
import { IdleTime } from './idle-time.ts'
import { SocketTableReader } from './socket-table-reader.ts'

/** Measurements in the time after which a connection is closed. */
const MEASUREMENTS = 4

export class IdleWatch {
  readonly #timeout: number
  readonly #interval: number
  readonly #tables: SocketTableReader

  /** @param timeout milliseconds without progress after which a connection is closed */
  constructor(timeout: number) {
    this.#timeout = timeout
    this.#interval = Math.max(1, timeout / MEASUREMENTS)
    this.#tables = new SocketTableReader(this.#interval / 2)
  }

  /**
   * Closes the connection after the time without progress. A client that reads slowly makes progress as long as its system acknowledges
   * bytes, which only Linux shows. Elsewhere, and for all that is received, progress is what passes between the socket and the system.
   *
   * @param tcp the socket below TLS
   */
  closeIfIdle(socket: Socket, tcp: Socket = socket): void {
    const idle = new IdleTime(this.#interval)
    let startedAt = performance.now()
    const check = async () => {
      const waited = performance.now() - startedAt
      const unacknowledged = socket.bytesWritten > 0 ? await this.#tables.unacknowledgedBytes(tcp) : 0
      // The connection has continued over TLS, or is closed.
      if (socket.timeout === 0 || socket.destroyed) return
      const transferred = socket.bytesRead + socket.bytesWritten
      const now = performance.now()
      // Timers can be a little early.
      if (idle.measure({ now, waited, transferred, unacknowledged }) > this.#timeout - this.#interval / 2) {
        socket.destroy()
      } else {
        socket.setTimeout(this.#interval)
        startedAt = now
      }
    }
    socket.setTimeout(this.#interval).on('timeout', () => void check())
  }
}
