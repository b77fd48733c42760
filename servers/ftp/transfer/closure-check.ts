/**
 * Tells the end of an upload over TLS from a connection that was cut: "data truncated by an attacker" ends without the client's
 * close_notify (RFC 8446, section 6.1). A TLSSocket ends its input in both cases, so the encrypted bytes pass through a stream that
 * fails if they end first.
 */
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'

/** Encrypted bytes that wait for TLS; one record is up to 16 KiB. */
const BUFFER_BYTES = 256 * 1024

export class TruncatedError extends Error {
  override readonly name = 'TruncatedError'
  /** The code of a connection that breaks. */
  readonly code = 'ECONNRESET'
}

export class ClosureCheck extends Duplex {
  readonly #socket: Socket
  /** True once TLS has read the client's close_notify. */
  #isNotified = false

  /** Give it to TLS in place of the socket. */
  constructor(socket: Socket) {
    super({ readableHighWaterMark: BUFFER_BYTES })
    this.#socket = socket
    socket.on('data', bytes => {
      if (!this.push(bytes)) socket.pause()
    })
    socket.on('end', () => this.push(null))
    socket.on('close', () => this.destroy())
  }

  /** Checks the end of the input of the TLS socket. Call it before the first decrypted byte. */
  observe(secure: TLSSocket): void {
    const { push } = secure
    secure.push = (chunk, encoding) => {
      if (chunk === null) this.#isNotified = true
      return push.call(secure, chunk, encoding)
    }
    // TLS has then processed every byte, and does not know yet that there are no more.
    this.prependListener('end', () => {
      if (!this.#isNotified) secure.destroy(new TruncatedError('The data connection ended without close_notify'))
    })
  }

  override _read(): void {
    this.#socket.resume()
  }

  override _write(bytes: Uint8Array, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#socket.write(bytes, done)
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#socket.end(done)
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy()
    done(error)
  }
}
