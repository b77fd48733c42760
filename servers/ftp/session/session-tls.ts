/**
 * TLS of one session. Its control connection and its data connections share one context with its own ticket keys, so a TLS session
 * can only be resumed on the connections of the FTP session in which it began, with TLS 1.2 and 1.3. OpenSSL 3.5 also demands the
 * same server name (RFC 6066, section 3).
 */
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { createServer, type Server, type TLSSocket } from 'node:tls'
import { handshakeReason } from '../../../shared/net/tls/handshake-reason.ts'
import type { Tls } from '../../../shared/net/tls/tls.ts'
import { renewTickets } from './ticket-renewal.ts'

/** TLS sessions of one FTP session that its clients can resume by their ids. The oldest is forgotten. */
const MAX_STORED_SESSIONS = 8

/** Time for a client's handshake. */
export const HANDSHAKE_TIMEOUT_MS = 10_000

const CLIENT_CLOSED = 'the client closed the connection'

/** Its message is the reason. */
export class HandshakeError extends Error {
  override readonly name = 'HandshakeError'
}

export interface HandshakeOptions {
  /** Milliseconds for the whole handshake. */
  readonly timeout: number
  /** The stream that carries the encrypted bytes of the socket. Default: the socket. */
  readonly carrier?: Duplex
  /** Called with the TLS socket before its first decrypted byte. */
  onSecure?(secure: TLSSocket): void
}

export class SessionTls {
  /** Does not listen: it gets each connection from `secure`. */
  readonly #server: Server

  constructor(options: Tls['serverOptions']) {
    this.#server = createServer(options)
    renewTickets(this.#server)
    this.#storeSessions()
  }

  /** For clients of TLS 1.2 that do without tickets, as curl does. */
  #storeSessions(): void {
    const sessions = new Map<string, Buffer>()
    this.#server.on('newSession', (id: Buffer, session: Buffer, stored: () => void) => {
      const [oldest] = sessions.size < MAX_STORED_SESSIONS ? [] : sessions.keys()
      if (oldest !== undefined) sessions.delete(oldest)
      sessions.set(id.toString('hex'), session)
      stored()
    })
    this.#server.on('resumeSession', (id: Buffer, found: (error: null, session: Buffer | null) => void) => {
      found(null, sessions.get(id.toString('hex')) ?? null)
    })
  }

  /**
   * Does the handshake as the TLS server, which it is in active mode too (RFC 4217, section 7). Call it for one socket at a time.
   *
   * @throws HandshakeError if the handshake fails or takes too long; the socket is destroyed then
   */
  async secure(socket: Socket, { timeout, carrier = socket, onSecure }: HandshakeOptions): Promise<TLSSocket> {
    // A client that ends its side during the handshake ends the connection.
    carrier.allowHalfOpen = false
    let cause: unknown
    let handleClose = () => {}
    const handleError = (error: Error) => {
      cause = error
      socket.destroy()
    }
    const timer = setTimeout(() => handleError(new Error(`it took longer than ${timeout / 1000} s`)), timeout)
    this.#server.on('tlsClientError', handleError)
    try {
      return await new Promise<TLSSocket>((resolve, reject) => {
        handleClose = () => reject(new HandshakeError(cause ? handshakeReason(cause) : CLIENT_CLOSED, { cause }))
        this.#server.once('secureConnection', secure => {
          carrier.allowHalfOpen = true
          secure.allowHalfOpen = true
          onSecure?.(secure)
          // Node has not sent its last part yet: a client would miss it if the caller closes, or close_notify if the caller ends.
          setImmediate(resolve, secure)
        })
        socket.on('close', handleClose)
        if (socket.destroyed) handleClose()
        else this.#server.emit('connection', carrier)
      })
    } finally {
      clearTimeout(timer)
      socket.off('close', handleClose)
      this.#server.removeAllListeners('secureConnection').off('tlsClientError', handleError)
    }
  }
}
