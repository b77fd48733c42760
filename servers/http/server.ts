/** The http server: node's parser, our answers. Accept, check, ask the site for an answer, send it. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { errorCode } from '../../shared/errors.ts'
import { closeServer, endpoint, Guard, listenTcp, OpenSockets } from '../../shared/listener.ts'
import type { Context, Endpoint, Service } from '../../shared/service.ts'
import { httpDissector } from '../../shared/trace/dissectors/http.ts'
import { type Answer, page } from './answer.ts'
import { Connection } from './connection.ts'
import { formatHttpDate } from './http-date.ts'
import type { HttpOptions } from './index.ts'
import * as limits from './limits.ts'
import { answerToFailure, type ParseFailure, rawAnswer } from './parse-failure.ts'
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
  #closing = false

  constructor(options: HttpOptions, context: Context) {
    this.#options = options
    this.#context = context
    this.#site = new Site(context)
    this.#server = this.#create(options.requestTimeout)
  }

  async listen(): Promise<readonly Endpoint[]> {
    const address = await listenTcp(this.#server, { service: this.name, ...this.#options })
    return [endpoint(this.name, 'http', 'tcp', address)]
  }

  async close(): Promise<void> {
    this.#closing = true
    const closed = closeServer(this.#server)
    for (const socket of this.#sockets) this.#connectionOf(socket).close()
    await this.#sockets.drain(this.#context.drainTime)
    await closed
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
    // Nothing here wants a body, so nobody is asked to go on and send it; the final answer comes at once.
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
    const guard = new Guard(socket, log, this.name)
    this.#connections.set(socket, new Connection(socket, guard))
    const about = { protocol: 'http', side: 'server', dissector: httpDissector, httpServer: true } as const
    guard.run(() => trace.follow(socket, about))
  }

  #handle(request: IncomingMessage, response: ServerResponse): void {
    const connection = this.#connectionOf(request.socket)
    connection.turn(() => {
      response.on('close', connection.done)
      if (this.#closing) response.shouldKeepAlive = false
      this.#respond(request, response)
    })
  }

  #respond(request: IncomingMessage, response: ServerResponse): void {
    try {
      const answer = this.#answer(request)
      const sent =
        answer instanceof Promise ? answer.then(one => send(request, response, one)) : send(request, response, answer)
      const { guard } = this.#connectionOf(request.socket)
      sent?.catch((error: unknown) => guard.run(() => this.#crashed(request, response, error)))
    } catch (error) {
      this.#crashed(request, response, error)
    }
  }

  #answer(request: IncomingMessage): Answer | Promise<Answer> {
    const { method = '', url = '', headers } = request
    return objection(request) ?? this.#site.answer(method, url, headers)
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
    this.#connectionOf(socket).fail(() => rawAnswer(answerToFailure(error), formatHttpDate(Date.now())))
  }

  #connectionOf(socket: Socket): Connection {
    const connection = this.#connections.get(socket)
    if (!connection) throw new Error('a socket without a connection')
    return connection
  }
}
