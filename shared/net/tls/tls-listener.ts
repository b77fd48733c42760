/** Listens for TLS connections, bounds pending handshakes, and passes on connections whose handshake is complete. */
import type { AddressInfo, Socket } from 'node:net'
import { createServer, type Server, type TLSSocket } from 'node:tls'
import { errorText } from '../../errors.ts'
import type { Log } from '../../log.ts'
import { peerAddress } from '../address.ts'
import { type BindOptions, closeServer, listenTcp } from '../listen.ts'
import { OpenSockets } from '../open-sockets.ts'
import type { ProxyHeaderReader } from '../proxy-protocol/header-reader.ts'
import type { Tls } from './tls.ts'

/** Time for a client's handshake. */
const HANDSHAKE_TIMEOUT_MS = 10_000
/** Handshakes that may be pending at once. At the bound, the oldest is destroyed. */
const MAX_HANDSHAKES = 100

export interface TlsListenerOptions {
  readonly service: string
  readonly tls: Tls
  /** ALPN protocols in order of preference (RFC 7301). A client that offers none is accepted too. */
  readonly protocols: readonly string[]
  /** Connections open at once, besides pending handshakes. Further ones are closed. */
  readonly maxConnections: number
  /** Reads the headers of balancers before the handshakes. */
  readonly proxyHeaders?: ProxyHeaderReader | undefined
  readonly log: Log
}

export class TlsListener {
  readonly #options: TlsListenerOptions
  readonly #server: Server
  readonly #onSecure: (socket: TLSSocket) => void
  /** The TCP connections below TLS, with pending and complete handshakes. */
  readonly #connections = new OpenSockets()
  /** Connections with a pending handshake by client address, the oldest first. */
  readonly #handshakes = new Map<string, Socket>()
  #closing = false

  /** @param accept receives a connection after its handshake; it stays open for writing when the client ends its side */
  constructor(options: TlsListenerOptions, accept: (socket: TLSSocket) => void) {
    this.#options = options
    this.#onSecure = accept
    this.#server = createServer({
      ...options.tls.serverOptions,
      ALPNProtocols: [...options.protocols],
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      allowHalfOpen: true,
      noDelay: true,
    })
    this.#server.maxConnections = options.maxConnections + MAX_HANDSHAKES
    this.#server.on('connection', (socket: Socket) => this.#trackHandshake(socket))
    options.proxyHeaders?.intercept(this.#server)
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

  /** Stops accepting, waits for `drained`, destroys the remaining connections, and resolves when all are closed. */
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
    this.#options.proxyHeaders?.continueOn(socket)
    this.#handshakes.delete(peerAddress(socket))
    if (this.#closing) socket.destroy()
    else this.#onSecure(socket)
  }

  /** The client does not speak TLS or a common version, rejects the certificate, or disconnected. */
  #handleFailure(error: Error, socket: TLSSocket): void {
    const { log, service, proxyHeaders } = this.#options
    proxyHeaders?.continueOn(socket)
    log.info({ client: peerAddress(socket), error: errorText(error) }, `${service}: TLS handshake failed`)
    socket.destroy()
  }
}
