/** What every TLS server does around its protocol: listen, see the handshakes through, and hand over who is secure. */
import type { AddressInfo, Socket } from 'node:net'
import { createServer, type Server, type TLSSocket } from 'node:tls'
import { errorText } from '../../errors.ts'
import type { Log } from '../../log.ts'
import { peerAddress } from '../address.ts'
import { type BindOptions, closeServer, listenTcp } from '../listen.ts'
import { OpenSockets } from '../open-sockets.ts'
import type { Tls } from './tls.ts'

/** How long a client may take for its handshake. */
const HANDSHAKE_TIMEOUT_MS = 10_000
/** How many clients may be in their handshake at once; one more, and the one that has been at it for longest is cut off. */
const MAX_HANDSHAKES = 100

export interface TlsListenerOptions {
  readonly service: string
  readonly tls: Tls
  /** The protocols spoken here, the one liked best first (ALPN, RFC 7301); a client that offers none is taken too. */
  readonly protocols: readonly string[]
  /** How many clients may be connected at once, those in their handshake apart; one more is turned away by closing it. */
  readonly maxConnections: number
  readonly log: Log
}

export class TlsListener {
  readonly #options: TlsListenerOptions
  readonly #server: Server
  readonly #onSecure: (socket: TLSSocket) => void
  /** The connections below TLS: those of clients that are secure, and those in their handshake. */
  readonly #connections = new OpenSockets()
  /** Those in their handshake by their addresses, the one that began first first. */
  readonly #handshakes = new Map<string, Socket>()
  #closing = false

  /** @param accept takes a connection once its handshake is over; it stays open when the client ends its side */
  constructor(options: TlsListenerOptions, accept: (socket: TLSSocket) => void) {
    this.#options = options
    this.#onSecure = accept
    this.#server = createServer({
      ...options.tls.serverOptions,
      ALPNProtocols: [...options.protocols],
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      allowHalfOpen: true,
    })
    this.#server.maxConnections = options.maxConnections + MAX_HANDSHAKES
    this.#server.on('connection', (socket: Socket) => this.#trackHandshake(socket))
    this.#server.on('secureConnection', socket => this.#handleSecure(socket))
    this.#server.on('tlsClientError', (error, socket) => this.#handleFailure(error, socket))
  }

  /** @throws BindError naming service and port */
  listen(bind: BindOptions): Promise<AddressInfo> {
    return listenTcp(this.#server, bind)
  }

  /** Stops accepting; secure connections stay open. */
  stop(): void {
    this.#closing = true
    this.#server.close()
  }

  /** Stops accepting; when those that were accepted are drained, ends what is left, and resolves when all are gone. */
  async close(drained: Promise<unknown> | undefined): Promise<void> {
    this.#closing = true
    const closed = closeServer(this.#server)
    await drained
    this.#connections.destroy()
    await closed
  }

  #trackHandshake(socket: Socket): void {
    this.#connections.add(socket)
    const client = peerAddress(socket)
    const [oldest] = this.#handshakes.size < MAX_HANDSHAKES ? [] : this.#handshakes.values()
    oldest?.destroy()
    this.#handshakes.set(client, socket)
    socket.once('close', () => this.#handshakes.delete(client))
  }

  #handleSecure(socket: TLSSocket): void {
    this.#handshakes.delete(peerAddress(socket))
    if (this.#closing) socket.destroy()
    else this.#onSecure(socket)
  }

  /** The client speaks no TLS, or none that we do, does not believe the certificate, or left. */
  #handleFailure(error: Error, socket: TLSSocket): void {
    const { log, service } = this.#options
    log.info({ client: peerAddress(socket), error: errorText(error) }, `${service}: a TLS handshake failed`)
    socket.destroy()
  }
}
