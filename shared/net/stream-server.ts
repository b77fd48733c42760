/**
 * The listener that every TCP and TLS server shares: it binds, accepts, and closes gracefully. A room supplies one function
 * that handles a connection. `connection-limiter.ts` bounds the number of connections; `stream-connection.ts` guards each of
 * them against defects and records it in the trace.
 *
 * ```ts
 * class EchoServer implements Service {
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
 * - A library that takes sockets (smtp-server's `connect`, `emit('connection', socket)` on ftp-srv's server): call it in `handle`.
 * - Several addresses, or UDP on the same port: use `bind`, `bindTls` and `unbind` in place of `listen`.
 */
import type { Socket } from 'node:net'
import type { Context, Endpoint } from '../service.ts'
import type { Dissector } from '../trace/dissector.ts'
import type { FollowOptions } from '../trace/follow-options.ts'
import { type Address, plainHost } from './address.ts'
import { ConnectionGuard } from './connection-guard.ts'
import { ConnectionLimiter, type ConnectionLimits, type OpenConnection } from './connection-limiter.ts'
import { OpenSockets } from './open-sockets.ts'
import { ProxyHeaderReader } from './proxy-protocol/header-reader.ts'
import {
  type ConnectionHandler,
  type ConnectionOptions,
  openConnection,
  type StreamConnection,
} from './stream-connection.ts'
import { type ListenerOptions, StreamListeners } from './stream-listeners.ts'

export type { ConnectionHandler, OpenConnection, StreamConnection }

export interface StreamServerOptions<Handler extends ConnectionHandler>
  extends ConnectionLimits<Handler>,
    ConnectionOptions,
    ListenerOptions {
  /** How the trace follows a connection. Default: with the protocol's dissector. */
  followOptions?(socket: Socket): Pick<FollowOptions, 'dissector'>
  /** Handles a connection. An exception ends the connection and is logged with its stack. */
  handle(connection: StreamConnection): Handler
}

export class StreamServer<Handler extends ConnectionHandler = ConnectionHandler> {
  readonly #context: Context
  readonly #options: StreamServerOptions<Handler>
  readonly #listeners: StreamListeners
  /** All sockets, including those of refused and evicted clients that have not closed yet. */
  readonly #sockets = new OpenSockets()
  readonly #limiter: ConnectionLimiter<Handler>
  /** Undefined unless balancers send the PROXY protocol. */
  readonly #proxyHeaders: ProxyHeaderReader | undefined
  /** The protocol's dissector; loaded before the first connection. */
  #dissector: (() => Dissector) | undefined
  #closing: Promise<void> | undefined

  constructor(context: Context, options: StreamServerOptions<Handler>) {
    this.#context = context
    this.#options = options
    this.#limiter = new ConnectionLimiter(options)
    const { proxies, log } = context
    this.#proxyHeaders = proxies && new ProxyHeaderReader({ proxies, log, service: options.protocol.name })
    this.#listeners = new StreamListeners(context, options, this.#proxyHeaders, (socket, transport) =>
      this.#accept(socket, transport),
    )
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
   * Binds one address.
   *
   * @throws BindError
   */
  async bind(address: Address): Promise<Endpoint> {
    await this.#loadDissector()
    return this.#listeners.bind(address)
  }

  /**
   * Binds one address for TLS.
   *
   * @throws BindError
   */
  async bindTls(address: Address): Promise<Endpoint> {
    await this.#loadDissector()
    return this.#listeners.bindTls(address)
  }

  /** Stops listening at an endpoint; its connections stay open. */
  unbind(endpoint: Endpoint): void {
    this.#listeners.unbind(endpoint)
  }

  /** The connections that count towards the bounds. */
  get connections(): Iterable<OpenConnection<Handler>> {
    return this.#limiter.connections
  }

  /**
   * Stops accepting, calls `finish` of every connection, and aborts those that are still open after the drain time.
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
    this.#proxyHeaders?.close()
    const closed = this.#listeners.close(drained)
    for (const { connection, handler } of this.connections) connection.guard.run(() => handler.finish?.())
    await this.#sockets.drain(this.#context.drainTime, socket => this.#abort(socket))
    setDrained()
    await Promise.all(closed)
  }

  #abort(socket: Socket): void {
    const open = this.#limiter.get(socket)
    if (open?.handler.abort) open.connection.guard.run(() => open.handler.abort?.())
    else socket.destroy()
  }

  async #loadDissector(): Promise<void> {
    if (!this.#options.followOptions) this.#dissector = (await this.#options.protocol.loadDissectors()).stream
  }

  #accept(socket: Socket, transport: StreamConnection['transport']): void {
    const peer = { host: plainHost(socket.remoteAddress ?? ''), port: socket.remotePort ?? 0 }
    if (this.#closing) return void socket.destroy()
    const hasHandshake = transport === 'tls' && !this.#options.doesHandshakes
    const decision = hasHandshake ? undefined : this.#limiter.admit(peer.host)
    if (decision === 'close') return void socket.destroy()
    this.#sockets.add(socket)
    const guard = new ConnectionGuard(socket, this.#context.log, this.#options.protocol.name)
    guard.run(() => {
      const connection = this.#open(socket, guard, { peer, transport })
      if (decision) this.#start(connection, decision)
      // Node sends the last part of the handshake after this turn. A connection that ends before loses its close_notify.
      else setImmediate(() => guard.run(() => this.#startAfterHandshake(connection)))
    })
  }

  #startAfterHandshake(connection: StreamConnection): void {
    if (connection.socket.destroyed) return
    this.#start(connection, this.#closing ? 'close' : this.#limiter.admit(connection.peer.host))
  }

  #start(connection: StreamConnection, decision: 'accept' | 'refuse' | 'close'): void {
    if (decision === 'close') connection.socket.destroy()
    else if (decision === 'refuse') this.#refuse(connection)
    else this.#limiter.add(connection, this.#options.handle(connection))
  }

  #open(
    socket: Socket,
    guard: ConnectionGuard,
    { peer, transport }: Pick<StreamConnection, 'peer' | 'transport'>,
  ): StreamConnection {
    const { protocol, followOptions } = this.#options
    const dissection = followOptions?.(socket) ?? { dissector: this.#dissector as () => Dissector }
    const follow = { protocol: protocol.name, ...dissection }
    const localHost = this.#proxyHeaders?.localHostOf(socket) ?? socket.localAddress ?? ''
    const accepted = { socket, guard, peer, transport, localHost }
    const connection = openConnection(accepted, this.#context, { ...this.#options, follow })
    if (transport === 'tls' && this.#options.doesHandshakes) connection.conversation.pause()
    return connection
  }

  #refuse(connection: StreamConnection): void {
    const { whenFull, doesHandshakes } = this.#options
    // Before the handshake a client cannot read a refusal.
    const isReadable = connection.transport === 'tcp' || !doesHandshakes
    if (whenFull.action !== 'close' && isReadable) whenFull.refuse?.(connection)
    connection.socket.destroySoon()
  }
}
