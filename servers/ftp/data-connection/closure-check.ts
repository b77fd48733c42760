/**
 * Tells the end of an upload over TLS from a connection that was cut: "data truncated by an attacker" ends without the client's
 * close_notify (RFC 8446, section 6.1). A TLSSocket ends its input in both cases, so the encrypted bytes pass through a stream that
 * fails if they end first.
 *
 * The stream also keeps TLS 1.3's tickets back until the end. A client that only writes, and closes with an unread ticket, resets
 * the connection, and its system then drops what it has not sent: with curl 7.88, vsftpd loses most uploads so.
 */
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'

/** Encrypted bytes that wait for TLS; one record is up to 16 KiB. */
const BUFFER_BYTES = 256 * 1024

/** Bytes kept back; tickets are a few hundred. Beyond it, all are sent. */
const MAX_HELD_BYTES = 16 * 1024

export class TruncatedError extends Error {
  override readonly name = 'TruncatedError'
  /** The code of a connection that breaks. */
  readonly code = 'ECONNRESET'
}

export class ClosureCheck extends Duplex {
  readonly #socket: Socket
  /** True once TLS has read the client's close_notify. */
  #isNotified = false
  /** What TLS sends, while it waits for the end; undefined if it is sent at once. */
  #held: Uint8Array[] | undefined

  /** Give it to TLS in place of the socket. */
  constructor(socket: Socket) {
    super({ readableHighWaterMark: BUFFER_BYTES })
    this.#socket = socket
    socket.on('data', bytes => {
      if (!this.push(bytes)) socket.pause()
    })
    socket.on('end', () => this.#endInput())
    // A client that closes with an unread ticket resets the connection; what it sent before is here, its close_notify too.
    socket.on('close', () => this.#endInput())
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

  /** Keeps back what TLS sends until the end. Call it after a handshake of TLS 1.3; with TLS 1.2 a part of it follows. */
  holdOutput(): void {
    this.#held = []
  }

  #endInput(): void {
    if (!this.readableEnded && !this.destroyed) this.push(null)
  }

  override _read(): void {
    this.#socket.resume()
  }

  override _write(bytes: Uint8Array, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    const held = this.#held
    if (!held) return void this.#socket.write(bytes, done)
    held.push(bytes)
    if (held.reduce((sum, { length }) => sum + length, 0) > MAX_HELD_BYTES) this.#release()
    done()
  }

  #release(): void {
    for (const bytes of this.#held ?? []) this.#socket.write(bytes)
    this.#held = undefined
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#release()
    this.#socket.end(done)
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy()
    done(error)
  }
}
