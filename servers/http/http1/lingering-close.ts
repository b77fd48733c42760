/** Closes a connection so that the client gets the response (RFC 9112, section 9.6). */
import type { Socket } from 'node:net'
import { LINGER_MS, MAX_LINGER_BYTES } from '../limits.ts'

/**
 * Ends the server's side, and discards input until the client ends its own, within bounds: closing with unread bytes resets the
 * connection, and the client would lose the response.
 */
export function lingeringClose(socket: Socket): void {
  if (socket.destroyed) return
  socket.end()
  if (socket.readableEnded) return
  const destroy = () => socket.destroy()
  let discardedBytes = 0
  socket.removeAllListeners('data')
  socket.on('data', bytes => {
    discardedBytes += bytes.length
    if (discardedBytes > MAX_LINGER_BYTES) destroy()
  })
  socket.once('end', destroy)
  socket.resume()
  const timer = setTimeout(destroy, LINGER_MS)
  socket.once('close', () => clearTimeout(timer))
}
