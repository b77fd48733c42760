/** Plays SMTP sessions that were written in advance, as fast as the server reads them. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** Milliseconds that a session may take. */
const MAX_SESSION_MS = 60_000

/** Sends all bytes, and returns all replies once the server has closed the connection. */
export async function play(port: number, session: Uint8Array): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' })
  const replies: Buffer[] = []
  socket.on('data', bytes => replies.push(bytes))
  // The server may end a session that it refuses.
  socket.on('error', () => undefined)
  socket.write(session)
  await once(socket, 'close', { signal: AbortSignal.timeout(MAX_SESSION_MS) })
  return Buffer.concat(replies).toString('latin1')
}

/** Opens a session, and resolves when the server greets. */
export async function open(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1' })
  socket.on('error', () => undefined)
  await once(socket, 'data')
  socket.resume()
  return socket
}

/** Resolves when the system has taken all bytes, or the server has closed the connection. */
export async function sendRest(socket: Socket, bytes: Uint8Array): Promise<void> {
  await new Promise<void>(resolve => {
    socket.once('close', () => resolve())
    socket.write(bytes, () => resolve())
  })
}
