/** Closes a data connection that makes no progress. */
import { readFile } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { endianness } from 'node:os'
import { IdleTime } from './idle-time.ts'
import { tableOf, unacknowledgedIn } from './socket-table.ts'

/** Measurements in the time after which a connection is closed. */
const MEASUREMENTS = 4

/**
 * Closes the connection after the time without progress. A client that reads slowly makes progress as long as its system acknowledges
 * bytes, which only Linux shows. Elsewhere, and for all that is received, progress is what passes between the socket and the system.
 *
 * @param tcp the socket below TLS
 */
export function closeIfIdle(socket: Socket, timeout: number, tcp: Socket = socket): void {
  const interval = Math.max(1, timeout / MEASUREMENTS)
  const idle = new IdleTime(interval)
  const check = async () => {
    const unacknowledged = socket.bytesWritten > 0 ? await unacknowledgedBytes(tcp) : 0
    // The connection has continued over TLS, or is closed.
    if (socket.timeout === 0 || socket.destroyed) return
    const transferred = socket.bytesRead + socket.bytesWritten
    const milliseconds = idle.measure({ now: performance.now(), transferred, unacknowledged })
    // Timers can be a little early.
    if (milliseconds > timeout - interval / 2) socket.destroy()
    else socket.setTimeout(interval)
  }
  socket.setTimeout(interval).on('timeout', () => void check())
}

/** Returns 0 if the system does not tell. */
async function unacknowledgedBytes(tcp: Socket): Promise<number> {
  const { localAddress, localPort, remoteAddress, remotePort } = tcp
  const isKnown = localAddress && remoteAddress && localPort !== undefined && remotePort !== undefined
  if (!isKnown || process.platform !== 'linux') return 0
  try {
    const table = await readFile(`/proc/self/net/${tableOf(localAddress)}`, 'latin1')
    const ends = { local: { host: localAddress, port: localPort }, remote: { host: remoteAddress, port: remotePort } }
    return unacknowledgedIn(table, ends, endianness()) ?? 0
  } catch {
    return 0
  }
}
