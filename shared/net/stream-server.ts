/**
 * The listener that every TCP and TLS server shares: binds, accepts, bounds the number of connections, guards them against
 * defects, records them in the trace, and closes gracefully. A room supplies one function that handles a connection.
 *
 * ```ts
 * class EchoServer implements Service {
 *   readonly name = 'echo'
 *   readonly #options: EchoOptions
 *   readonly #server: StreamServer
 *
 *   constructor(options: EchoOptions, context: Context) {
 *     this.#options = options
 *     this.#server = new StreamServer(context, {
 *       protocol: echo,
 *       maxConnections: 100,
 *       whenFull: { action: 'refuse', refuse: ({ socket }) => socket.write('busy\r\n') },
 *       idleTimeout: 30_000,
 *       handle: connection => this.#handle(connection),
 *     })
 *   }
 *
 *   listen(): Promise<readonly Endpoint[]> {
 *     return this.#server.listen(this.#options) // { host, port, tlsPort? }
 *   }
 *
 *   close(): Promise<void> {
 *     return this.#server.close()
 *   }
 *
 *   #handle({ socket, guard }: StreamConnection): ConnectionHandler {
 *     guard.on('data', (bytes: Buffer) => socket.write(bytes))
 *     guard.on('end', () => socket.end())
 *     return { finish: () => socket.end() }
 *   }
 * }
 * ```
 *
 * - TLS: give `alpn`. `listen` then also binds `tlsPort` if the suite has a certificate.
 * - A library whose `net.Server` must listen itself (node:http): pass it as `library`.
 * - A library that takes sockets (smtp-server's `connect`, `emit('connection', socket)` on ftp-srv's server): call it in `handle`.
 * - Several addresses, or UDP on the same port: use `bind`, `bindTls` and `unbind` in place of `listen`.
 */
import { createServer, type Server, type Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { errorText } from '../errors.ts'
import type { ProtocolName } from '../protocols/index.ts'
import type { Protocol } from '../protocols/protocol.ts'
import type { Context, Endpoint } from '../service.ts'
import type { Conversation, FollowOptions } from '../trace/conversation.ts'
import type { Dissector } from '../trace/dissector.ts'
import { type Address, peerAddress, plainHost } from './address.ts'
import { ConnectionGuard } from './connection-guard.ts'
import { closeServer, createEndpoint, listenTcp } from './listen.ts'
import { OpenSockets } from './open-sockets.ts'

/** An accepted connection; over TLS, its handshake is complete. */
export interface StreamConnection {
  /** Stays open for writing when the client ends its side. A `TLSSocket` if `transport` is `tls`. */
  readonly socket: Socket
  readonly transport: 'tcp' | 'tls'
  /** Add socket listeners with `guard.on` and run callbacks in `guard.run`: an exception then ends only this connection. */
  readonly guard: ConnectionGuard
  /** The connection in the trace. */
  readonly conversation: Conversation
  /** The client's address; an IPv4-mapped IPv6 address is given as IPv4. */
  readonly peer: Address
  /** The client's address as text for the log: `127.0.0.1:40123`. */
  readonly client: string
}

/** What `handle` returns: how to end this connection in good order. */
export interface ConnectionHandler {
  /** Called when the server closes, or evicts this connection: complete the work under way, then end the socket. */
  finish?(): void
  /** Called when the drain time is over. Default: destroys the socket. */
  abort?(): void
}

/** A connection that counts towards the bounds, with what `handle` returned for it. */
export interface OpenConnection<Handler extends ConnectionHandler> {
  readonly connection: StreamConnection
  readonly handler: Handler
}

/** What happens to a client that connects when `maxConnections` or `maxPerAddress` is reached. */
export type WhenFull<Handler extends ConnectionHandler> =
  /** Close it without a word. `maxConnections` then applies to each bound address by itself. */
  | { readonly action: 'close' }
  /** Trace it, let `refuse` write the protocol's refusal, and destroy the socket once that has been sent. */
  | { readonly action: 'refuse'; refuse(connection: StreamConnection): void }
  /**
   * Accept it if another can go. `choose` gets the open connections (of the same address, if `maxPerAddress` is reached);
   * the one it returns is finished. If it returns undefined, the new connection is closed.
   */
  | {
      readonly action: 'evict'
      choose(open: readonly OpenConnection<Handler>[]): OpenConnection<Handler> | undefined
    }

/** A server of a library which has to listen itself, because it does more than accept: node:http starts its timeouts then. */
export interface LibraryServer {
  /** Must accept half-open connections. Its own `connection` listeners run before the trace follows the socket. */
  readonly server: Server
  /** False for a TLS connection that the library must not get, by the protocol agreed on (ALPN). Default: gets all. */
  accepts?(socket: TLSSocket): boolean
}

export interface StreamServerOptions<Handler extends ConnectionHandler> {
  readonly protocol: Protocol<ProtocolName>
  /** Connections open at once. At the bound, one that the server has ended and the client has not makes room. */
  readonly maxConnections: number
  /** Connections open at once from one address. Default: no bound. */
  readonly maxPerAddress?: number
  readonly whenFull: WhenFull<Handler>
  /**
   * Milliseconds without a byte in either direction after which the socket is destroyed. Leave it out if the protocol has
   * its own clock or a farewell: use `socket.setTimeout` and `guard.on('timeout')` in `handle`.
   */
  readonly idleTimeout?: number
  /** Protocols offered over TLS in order of preference (ALPN, RFC 7301). Without it the server has no TLS. */
  readonly alpn?: readonly string[]
  readonly library?: LibraryServer
  /** How the trace follows a connection. Default: with the protocol's dissector. */
  follow?(socket: Socket): Pick<FollowOptions, 'dissector' | 'httpServer'>
  /** Called for errors of a socket. Default: logs `NAME: connection failed`. */
  onError?(error: Error, connection: Pick<StreamConnection, 'socket' | 'client'>): void
  /** Handles a connection. An exception ends the connection and is logged with its stack. */
  handle(connection: StreamConnection): Handler
}

interface Listener {
  readonly endpoint: Endpoint
  /** Stops accepting and keeps the connections. */
  stop(): void
  /** Stops accepting; resolves when all connections are closed. */
  close(drained: Promise<void>): Promise<void>
}

export class StreamServer<Handler extends ConnectionHandler = ConnectionHandler> {
  readonly #context: Context
  readonly #options: StreamServerOptions<Handler>
  readonly #listeners = new Set<Listener>()
  /** All sockets, including those of refused and evicted clients that have not closed yet. */
  readonly #sockets = new OpenSockets()
  /** The connections that count towards the bounds. */
  readonly #open = new Map<Socket, OpenConnection<Handler>>()
  /** The protocol's dissector; loaded before the first connection. */
  #dissector: (() => Dissector) | undefined
  #closing: Promise<void> | undefined

  constructor(context: Context, options: StreamServerOptions<Handler>) {
    this.#context = context
    this.#options = options
    const { library, maxConnections, whenFull } = options
    if (!library) return
    if (whenFull.action === 'close') library.server.maxConnections = maxConnections
    library.server.on('connection', (socket: Socket) => this.#accept(socket))
  }

  /**
   * Binds `port`, and `tlsPort` if it is given and the suite has a certificate.
   *
   * @throws BindError; nothing stays bound then
   */
  async listen(address: { host: string; port: number; tlsPort?: number }): Promise<Endpoint[]> {
    const { host, port, tlsPort } = address
    try {
      const endpoint = await this.bind({ host, port })
      const hasTls = tlsPort !== undefined && this.#context.tls !== undefined
      return hasTls ? [endpoint, await this.bindTls({ host, port: tlsPort })] : [endpoint]
    } catch (error) {
      await this.close()
      throw error
    }
  }

  /**
   * Binds one address. With a `library` server, only one.
   *
   * @throws BindError
   */
  async bind({ host, port }: Address): Promise<Endpoint> {
    const { protocol, library } = this.#options
    const server = library?.server ?? this.#createServer()
    await this.#loadDissector()
    const address = await listenTcp(server, { service: protocol.name, host, port })
    const endpoint = createEndpoint(protocol.name, protocol.scheme, 'tcp', address)
    this.#listeners.add({ endpoint, stop: () => void server.close(), close: () => closeServer(server) })
    return endpoint
  }

  /**
   * Binds one address for TLS.
   *
   * @throws BindError
   */
  async bindTls({ host, port }: Address): Promise<Endpoint> {
    const { protocol, alpn = [], maxConnections } = this.#options
    const { tls, log } = this.#context
    if (!tls) throw new Error('the context has no certificate')
    await this.#loadDissector()
    const { TlsListener } = await import('./tls/tls-listener.ts')
    const service = protocol.name
    const listener = new TlsListener({ service, tls, protocols: alpn, maxConnections, log }, socket =>
      this.#acceptTls(socket),
    )
    const address = await listener.listen({ service, host, port, option: 'tls-port' })
    const endpoint = createEndpoint(service, protocol.tls?.scheme ?? protocol.scheme, 'tls', address)
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

  /** The connections that count towards the bounds. */
  get connections(): Iterable<OpenConnection<Handler>> {
    return this.#open.values()
  }

  /**
   * Stops accepting, asks every connection to finish, and aborts those that are still open after the drain time.
   * Resolves when all are closed. Can be called more than once.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    let setDrained = () => {}
    const drained = new Promise<void>(resolve => {
      setDrained = resolve
    })
    const closed = [...this.#listeners].map(listener => listener.close(drained))
    for (const { connection, handler } of this.#open.values()) connection.guard.run(() => handler.finish?.())
    await this.#sockets.drain(this.#context.drainTime, socket => this.#abort(socket))
    setDrained()
    await Promise.all(closed)
  }

  #abort(socket: Socket): void {
    const open = this.#open.get(socket)
    if (open?.handler.abort) open.connection.guard.run(() => open.handler.abort?.())
    else socket.destroy()
  }

  async #loadDissector(): Promise<void> {
    if (!this.#options.follow) this.#dissector = (await this.#options.protocol.loadDissectors()).stream
  }

  #createServer(): Server {
    const server = createServer({ allowHalfOpen: true }, socket => this.#accept(socket))
    if (this.#options.whenFull.action === 'close') server.maxConnections = this.#options.maxConnections
    return server
  }

  #acceptTls(socket: TLSSocket): void {
    const { library } = this.#options
    const forLibrary = library && (library.accepts?.(socket) ?? true)
    // The library's `connection` event leads to `#accept`.
    if (forLibrary) library.server.emit('connection', socket)
    else this.#accept(socket)
  }

  #accept(socket: Socket): void {
    const peer = { host: plainHost(socket.remoteAddress ?? ''), port: socket.remotePort ?? 0 }
    const rivals = this.#rivalsOf(peer.host)
    const { whenFull } = this.#options
    if (this.#closing || (rivals && whenFull.action !== 'refuse' && !this.#evictFrom(rivals))) {
      socket.destroy()
      return
    }
    this.#sockets.add(socket)
    const guard = new ConnectionGuard(socket, this.#context.log, this.#options.protocol.name)
    guard.run(() => {
      const connection = this.#follow(socket, guard, peer)
      if (rivals && whenFull.action === 'refuse') {
        whenFull.refuse(connection)
        socket.destroySoon()
      } else {
        this.#handle(connection)
      }
    })
  }

  /** The connections of which one must go before a client at `host` is accepted; undefined if there is room. */
  #rivalsOf(host: string): readonly OpenConnection<Handler>[] | undefined {
    const { maxConnections, maxPerAddress, whenFull } = this.#options
    if (maxPerAddress !== undefined && this.#open.size >= maxPerAddress) {
      const sameAddress = [...this.#open.values()].filter(({ connection }) => connection.peer.host === host)
      if (sameAddress.length >= maxPerAddress) return sameAddress
    }
    const isFull = this.#open.size >= maxConnections && whenFull.action !== 'close' && !this.#destroyFinished()
    return isFull ? [...this.#open.values()] : undefined
  }

  /** Destroys a connection on which everything has been sent and only the client's end is missing; false if there is none. */
  #destroyFinished(): boolean {
    const finished = [...this.#open.keys()].find(socket => socket.writableFinished)
    if (!finished) return false
    this.#open.delete(finished)
    finished.destroy()
    return true
  }

  /** Makes room for one connection; false if that is not possible. */
  #evictFrom(rivals: readonly OpenConnection<Handler>[]): boolean {
    const { whenFull } = this.#options
    const evicted = whenFull.action === 'evict' ? whenFull.choose(rivals) : undefined
    if (!evicted) return false
    this.#open.delete(evicted.connection.socket)
    evicted.connection.guard.run(() => evicted.handler.finish?.())
    return true
  }

  #follow(socket: Socket, guard: ConnectionGuard, peer: Address): StreamConnection {
    const { protocol, follow, idleTimeout, onError } = this.#options
    const { log, trace } = this.#context
    const transport = 'encrypted' in socket ? 'tls' : 'tcp'
    const client = peerAddress(socket)
    const dissection = follow?.(socket) ?? { dissector: this.#dissector as () => Dissector }
    const conversation = trace.follow(socket, { protocol: protocol.name, side: 'server', transport, ...dissection })
    guard.on('error', (error: Error) => {
      if (onError) onError(error, { socket, client })
      else log.info({ client, error: errorText(error) }, `${protocol.name}: connection failed`)
    })
    if (idleTimeout !== undefined) {
      socket.setTimeout(idleTimeout, () => socket.destroy(new Error(`idle for ${idleTimeout / 1000} s`)))
    }
    return { socket, transport, guard, conversation, peer, client }
  }

  #handle(connection: StreamConnection): void {
    const { socket } = connection
    this.#open.set(socket, { connection, handler: this.#options.handle(connection) })
    socket.once('close', () => this.#open.delete(socket))
  }
}
