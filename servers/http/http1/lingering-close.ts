/** Closes a connection so that the client gets the response (RFC 9112, section 9.6). */
import type { Socket } from 'node:net'
import { LINGER_MS, MAX_LINGER_BYTES } from '../limits.ts'

/**
 * Ends the server's side when the client has taken the response, and discards input until the client ends its own, within
 * bounds: closing with unread bytes resets the connection, and the client would lose the response.
 *
 * @param stallTimeout milliseconds that the client may read nothing of the response
 */
export function lingeringClose(socket: Socket, stallTimeout: number): void {
  if (socket.destroyed) return
  const destroy = () => socket.destroy()
  socket.setTimeout(stallTimeout, destroy)
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
