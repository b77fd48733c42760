/**
 * HTTP/2 without TLS, from a client with prior knowledge (RFC 9113, section 3.3). Such a client starts with the preface of
 * HTTP/2.
 */
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'

/** Returns the connection as a stream that starts with bytes already read from it. */
export function replayStream(bytesRead: Uint8Array, socket: Socket): Duplex {
  const stream = new Duplex({
    read: () => void socket.resume(),
    write: (bytes, _encoding, done) => void socket.write(bytes, done),
    final: done => void socket.end(done),
    destroy: (error, done) => {
      socket.destroy()
      done(error)
    },
  })
  stream.push(bytesRead)
  socket.on('data', bytes => {
    if (!stream.push(bytes)) socket.pause()
  })
  socket.on('end', () => stream.push(null))
  socket.on('close', () => stream.destroy())
  return stream
}
