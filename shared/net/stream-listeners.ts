/** The addresses at which a server accepts connections, over TCP and TLS. */
import { createServer, type Server, type Socket } from 'node:net'
import type { ProtocolName } from '../protocols/index.ts'
import type { Protocol } from '../protocols/protocol.ts'
import type { Context, Endpoint } from '../service.ts'
import type { Address } from './address.ts'
import type { WhenFull } from './connection-limiter.ts'
import { closeServer, createEndpoint, listenTcp } from './listen.ts'
import type { ProxyHeaderReader } from './proxy-protocol/header-reader.ts'
import type { ConnectionHandler } from './stream-connection.ts'

export interface ListenerOptions {
  readonly protocol: Protocol<ProtocolName>
  /** Protocols offered over TLS in order of preference (ALPN, RFC 7301). Without it the server has no TLS. */
  readonly alpn?: readonly string[]
  /**
   * True if `handle` itself does the TLS handshakes of connections at `tlsPort`: it gets the TCP socket, and a conversation that is
   * paused until `continueOn`. Default: false.
   */
  readonly doesHandshakes?: boolean
}

interface Bounds {
  readonly maxConnections: number
  readonly whenFull: Pick<WhenFull<ConnectionHandler>, 'action'>
}

type Transport = 'tcp' | 'tls'

/** Receives a connection; over TLS after its handshake, unless `doesHandshakes` is true. */
type Accept = (socket: Socket, transport: Transport) => void

interface Listener {
  readonly endpoint: Endpoint
  /** Stops accepting and keeps the connections. */
  stop(): void
  /** Stops accepting; resolves when all connections are closed. */
  close(drained: Promise<void>): Promise<void>
}

export class StreamListeners {
  readonly #context: Context
  readonly #options: ListenerOptions & Bounds
  /** Undefined unless balancers send the PROXY protocol. */
  readonly #proxyHeaders: ProxyHeaderReader | undefined
  readonly #accept: Accept
  readonly #listeners = new Set<Listener>()

  constructor(
    context: Context,
    options: ListenerOptions & Bounds,
    proxyHeaders: ProxyHeaderReader | undefined,
    accept: Accept,
  ) {
    this.#context = context
    this.#options = options
    this.#proxyHeaders = proxyHeaders
    this.#accept = accept
  }

  /** @throws BindError */
  bind(address: Address): Promise<Endpoint> {
    return this.#bindTcp(address, 'tcp')
  }

  /** @throws BindError */
  async bindTls({ host, port }: Address): Promise<Endpoint> {
    const { protocol, alpn = [], doesHandshakes, maxConnections } = this.#options
    const { tls, log, reusePort } = this.#context
    if (!tls) throw new Error('the context has no certificate')
    if (doesHandshakes) return this.#bindTcp({ host, port }, 'tls')
    const { TlsListener } = await import('./tls/tls-listener.ts')
    const service = protocol.name
    const proxyHeaders = this.#proxyHeaders
    const listener = new TlsListener({ service, tls, protocols: alpn, maxConnections, proxyHeaders, log }, socket =>
      this.#accept(socket, 'tls'),
    )
    const address = await listener.listen({ service, host, port, option: 'tls-port', reusePort })
    const endpoint = createEndpoint(service, this.#schemeOf('tls'), 'tls', address)
    this.#listeners.add({ endpoint, stop: () => listener.stop(), close: drained => listener.close(drained) })
    return endpoint
  }

  /** Stops listening at an endpoint; its connections stay open. */
  unbind(endpoint: Endpoint): void {
    for (const listener of this.#listeners) {
      if (listener.endpoint !== endpoint) continue
      this.#listeners.delete(listener)
      listener.stop()
    }
  }

  /** Stops accepting; each promise resolves when the connections at an address are closed. */
  close(drained: Promise<void>): Promise<void>[] {
    return [...this.#listeners].map(listener => listener.close(drained))
  }

  /** @param transport `tls` if the handler does the handshakes */
  async #bindTcp({ host, port }: Address, transport: Transport): Promise<Endpoint> {
    const service = this.#options.protocol.name
    const server = this.#createServer(transport)
    this.#proxyHeaders?.intercept(server)
    const option = transport === 'tls' ? { option: 'tls-port' } : {}
    const address = await listenTcp(server, { service, host, port, ...option, reusePort: this.#context.reusePort })
    const endpoint = createEndpoint(service, this.#schemeOf(transport), transport, address)
    this.#listeners.add({ endpoint, stop: () => void server.close(), close: () => closeServer(server) })
    return endpoint
  }

  #schemeOf(transport: Transport): string {
    const { protocol } = this.#options
    return (transport === 'tls' ? protocol.tls?.scheme : undefined) ?? protocol.scheme
  }

  #createServer(transport: Transport): Server {
    const { maxConnections, whenFull } = this.#options
    // Otherwise the second of two small writes waits 40 ms, until the client acknowledges the first one.
    const server = createServer({ allowHalfOpen: true, noDelay: true }, socket => this.#accept(socket, transport))
    if (whenFull.action === 'close') server.maxConnections = maxConnections
    return server
  }
}
