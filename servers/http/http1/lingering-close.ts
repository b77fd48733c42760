/** Closes a connection so that the client gets the response (RFC 9112, section 9.6). */
import type { Socket } from 'node:net'
import { LINGER_MS, MAX_LINGER_BYTES } from '../limits.ts'

/**
 * Ends the server's side when the client has taken the response, and discards input until the client ends its own, within
 * bounds: closing with unread bytes resets the connection, and the client would lose the response. The `StallTimer` of the
 * connection bounds how long the client may take.
 */
export function lingeringClose(socket: Socket): void {
  if (socket.destroyed) return
  const destroy = () => socket.destroy()
  socket.end()
  if (socket.readableEnded) return
  let discardedBytes = 0
  socket.removeAllListeners('data')
  socket.on('data', bytes => {
    discardedBytes += bytes.length
    if (discardedBytes > MAX_LINGER_BYTES) destroy()
  })
  socket.once('end', () => void socket.destroySoon())
  socket.resume()
  socket.once('finish', () => {
    const timer = setTimeout(destroy, LINGER_MS)
    socket.once('close', () => clearTimeout(timer))
  })
}
