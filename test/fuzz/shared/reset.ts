/** How a client of a fuzz resets its connection. */
import type { Socket } from 'node:net'

/**
 * Resets a connection, or closes it if its client has ended its side: node cannot reset it then, and its handle, which never
 * closes, keeps the process from ending.
 *
 * @param carrier the TCP socket that carries the connection
 */
export function reset(socket: Socket, carrier: Socket): void {
  if (socket.writableEnded || carrier.writableEnded) socket.destroy()
  else carrier.resetAndDestroy()
}
