/**
 * The http server: node's parser, our answers. Accept, check, ask the site for an answer, send it. Connections over TLS
 * come here too, once they are secure, unless they speak HTTP/2 (`http2.ts`).
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { errorCode } from '../../shared/errors.ts'
import { ConnectionGuard } from '../../shared/net/connection-guard.ts'
import { closeServer, createEndpoint, listenTcp } from '../../shared/net/listen.ts'
import { OpenSockets } from '../../shared/net/open-sockets.ts'
import { TlsListener } from '../../shared/net/tls/tls-listener.ts'
import type { Context, Endpoint, Service } from '../../shared/service.ts'
import { httpDissector } from '../../shared/trace/dissectors/http.ts'
import { type Answer, page } from './answer.ts'
import { Connection } from './connection.ts'
import { formatHttpDate } from './http-date.ts'
import { Http2 } from './http2.ts'
import * as limits from './limits.ts'
import type { HttpOptions } from './options.ts'
import { answerToFailure, type ParseFailure, rawAnswer } from './parse-failure.ts'
import { http2Preface, streamFrom } from './prior-knowledge.ts'
import { RequestRest } from './request-rest.ts'
import { send } from './send.ts'
import { Site } from './site.ts'
import { objection } from './soundness.ts'

export class HttpServer implements Service {
  readonly name = 'http'
  readonly #options: HttpOptions
  readonly #context: Context
  readonly #site: Site
  readonly #sockets = new OpenSockets()
  readonly #connections = new WeakMap<Socket, Connection>()
  readonly #server: ReturnType<typeof createServer>
  readonly #http2: Http2
  /** Milliseconds that the body of a request may take to arrive. */
  readonly #bodyTimeout: number
  #tls: TlsListener | undefined
  #closing = false

  constructor(options: HttpOptions, context: Context) {
    this.#options = options
    this.#context = context
    this.#site = new Site(context)
    this.#server = this.#create(options.requestTimeout)
    this.#bodyTimeout = Math.min(options.requestTimeout, limits.BODY_TIMEOUT_MS)
    this.#http2 = new Http2(this.#site, context, this.#bodyTimeout)
  }

  async listen(): Promise<readonly Endpoint[]> {
    const address = await listenTcp(this.#server, { service: this.name, ...this.#options })
    try {
      return [createEndpoint(this.name, 'http', 'tcp', address), ...(await this.#listenTls())]
    } catch (error) {
      await closeServer(this.#server)
      throw error
    }
  }

  async close(): Promise<void> {
    this.#closing = true
    const closed = closeServer(this.#server)
    for (const socket of this.#sockets) this.#connectionOf(socket).close()
    const { drainTime } = this.#context
    const drained = Promise.all([this.#sockets.drain(drainTime), this.#http2.close(drainTime)])
    await this.#tls?.close(drained)
    await drained
    await closed
  }

  async #listenTls(): Promise<Endpoint[]> {
    const { tls, log } = this.#context
    if (!tls) return []
    const { host, tlsPort: port } = this.#options
    const about = {
      service: this.name,
      tls,
      protocols: ['h2', 'http/1.1'],
      maxConnections: limits.MAX_CONNECTIONS,
      log,
    }
    this.#tls = new TlsListener(about, socket => this.#acceptTls(socket))
    const address = await this.#tls.listen({ service: this.name, host, port, option: 'tls-port' })
    return [createEndpoint(this.name, 'https', 'tls', address)]
  }

  /** By what client and server agreed on in the handshake (ALPN); who said nothing speaks HTTP/1.1. */
  #acceptTls(socket: TLSSocket): void {
    if (socket.alpnProtocol === 'h2') this.#http2.accept(socket)
    else this.#server.emit('connection', socket)
  }

  #create(requestTimeout: number): ReturnType<typeof createServer> {
    const server = createServer({
      // Strict, whatever the command line of node says: leniency is how requests are smuggled (RFC 9112, section 11.2).
      insecureHTTPParser: false,
      // Checked by `objection`, so that the answer has a page.
      requireHostHeader: false,
      maxHeaderSize: limits.MAX_HEAD_BYTES,
      requestTimeout,
      headersTimeout: Math.min(requestTimeout, limits.HEAD_TIMEOUT_MS),
      keepAliveTimeout: limits.KEEP_ALIVE_TIMEOUT_MS,
      connectionsCheckingInterval: Math.min(requestTimeout, limits.TIMEOUT_CHECK_MS),
    })
    server.maxConnections = limits.MAX_CONNECTIONS
    server.timeout = limits.STALL_TIMEOUT_MS
    const handle = (request: IncomingMessage, response: ServerResponse) => this.#handle(request, response)
    server.on('request', handle)
    // Who waits to be asked for its body is asked where the body is wanted; else the final answer comes at once.
    server.on('checkContinue', handle)
    server.on('checkExpectation', handle)
    server.on('connect', (_request: IncomingMessage, socket: Socket) => this.#refuseTunnel(socket))
    server.on('clientError', (error: ParseFailure, socket: Socket) => this.#fail(error, socket))
    // After node's own listener: its parser is there by then, and gives the bytes back to who listens to the socket.
    server.on('connection', (socket: Socket) => this.#accept(socket))
    return server
  }

  #accept(socket: Socket): void {
    const { log, trace } = this.#context
    this.#sockets.add(socket)
    const guard = new ConnectionGuard(socket, log, this.name)
    const transport = 'encrypted' in socket ? 'tls' : 'tcp'
    const about = { protocol: 'http', side: 'server', transport, dissector: httpDissector, httpServer: true } as const
    guard.run(() => this.#connections.set(socket, new Connection(socket, guard, trace.follow(socket, about))))
  }

  #handle(request: IncomingMessage, response: ServerResponse): void {
    const connection = this.#connectionOf(request.socket)
    connection.turn(() => {
      response.on('close', connection.done)
      if (this.#closing) response.shouldKeepAlive = false
      this.#respond(request, response, connection)
    })
  }

  #respond(request: IncomingMessage, response: ServerResponse, connection: Connection): void {
    try {
      const answer = this.#answer(request, response, connection)
      const sent =
        answer instanceof Promise ? answer.then(one => send(request, response, one)) : send(request, response, answer)
      sent?.catch((error: unknown) => connection.guard.run(() => this.#crashed(request, response, error)))
    } catch (error) {
      this.#crashed(request, response, error)
    }
  }

  #answer(request: IncomingMessage, response: ServerResponse, connection: Connection): Answer | Promise<Answer> {
    const { method = '', url = '', headers } = request
    const rest = new RequestRest(request, response, connection, this.#bodyTimeout)
    return objection(request) ?? this.#site.answer(method, url, headers, rest)
  }

  /** A handler threw, or a body could not be sent to its end. */
  #crashed(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    const gone = errorCode(error) === 'ERR_STREAM_PREMATURE_CLOSE' || request.socket.destroyed
    if (!gone) this.#context.log.error({ url: request.url, err: error }, 'http: a request failed')
    if (response.headersSent || gone) response.destroy()
    else void send(request, response, page(500, 'The server failed; its log says why.'))
  }

  /** CONNECT: this is no proxy. node has let go of the socket. */
  #refuseTunnel(socket: Socket): void {
    const answer = page(405, 'CONNECT is not possible here.', ['Allow', 'GET, HEAD, OPTIONS', 'Connection', 'close'])
    this.#connectionOf(socket).fail(() => rawAnswer(answer, formatHttpDate(Date.now())))
  }

  /** What came could not be parsed, did not come in time, or the connection broke. */
  #fail(error: ParseFailure, socket: Socket): void {
    if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy()
    const connection = this.#connectionOf(socket)
    if (connection.released) return
    const preface = http2Preface(error)
    if (preface && connection.release()) {
      this.#http2.accept(socket, { stream: streamFrom(preface, socket), conversation: connection.conversation })
      return
    }
    const answer = answerToFailure(error)
    if (!connection.breakOff(answer)) connection.fail(() => rawAnswer(answer, formatHttpDate(Date.now())))
  }

  #connectionOf(socket: Socket): Connection {
    const connection = this.#connections.get(socket)
    if (!connection) throw new Error('a socket without a connection')
    return connection
  }
}
