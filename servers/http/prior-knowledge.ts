/**
 * HTTP/2 without TLS, with a client that knows beforehand that it is spoken here (RFC 9113, section 3.3). The connection
 * began as one of HTTP/1.1, and node's parser has stopped at the preface of HTTP/2, which no request looks like.
 */
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import type { ParseFailure } from './parse-failure.ts'

/** The bytes of the connection up to now, where they begin with the preface. */
export function http2Preface({ code, rawPacket }: ParseFailure): Uint8Array | undefined {
  return code === 'HPE_PAUSED_H2_UPGRADE' ? rawPacket : undefined
}

/** The connection as a stream that begins with bytes which were read already. */
export function streamFrom(begun: Uint8Array, socket: Socket): Duplex {
  const stream = new Duplex({
    read: () => void socket.resume(),
    write: (bytes, _encoding, done) => void socket.write(bytes, done),
    final: done => void socket.end(done),
    destroy: (error, done) => {
      socket.destroy()
      done(error)
    },
  })
  stream.push(begun)
  // To listen is what makes node's parser let go of the socket.
  socket.on('data', bytes => {
    if (!stream.push(bytes)) socket.pause()
  })
  socket.on('end', () => stream.push(null))
  socket.on('close', () => stream.destroy())
  return stream
}
