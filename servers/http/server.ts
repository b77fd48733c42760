/**
 * The HTTP server: accepts connections and passes them to `http1/` or `http2/`, which both have their requests answered by
 * `routes/`.
 */
import type { Socket } from 'node:net'
import { errorCode } from '../../shared/errors.ts'
import { openFileLimit } from '../../shared/net/open-file-limit.ts'
import type { OpenConnection, StreamConnection } from '../../shared/net/stream-server.ts'
import { type ConnectionHandler, StreamServer } from '../../shared/net/stream-server.ts'
import { http } from '../../shared/protocols/http.ts'
import type { Context, Endpoint, Service } from '../../shared/service.ts'
import type { Http1Core } from './http1/core.ts'
import { HttpDate } from './http1/current-date.ts'
import { Http1Connection } from './http1/http1-connection.ts'
import { ResponseWriter } from './http1/response-writer.ts'
import { Http2Server } from './http2/http2-server.ts'
import { IdleRanking } from './idle-ranking.ts'
import * as limits from './limits.ts'
import { divideOpenFiles } from './open-file-budget.ts'
import type { HttpOptions } from './options.ts'
import type { Request } from './request/request.ts'
import type { Response } from './response/response.ts'
import { unavailable } from './response/store-failure.ts'
import { Routes } from './routes/routes.ts'
import type { HttpApi } from './stubs/api.ts'

export class HttpServer implements Service<HttpApi> {
  readonly name = 'http'
  readonly #options: HttpOptions
  readonly #context: Context
  readonly #routes: Routes
  readonly #maxConnections: number
  readonly #server: StreamServer
  readonly #http1: Http1Core
  readonly #http2: Http2Server
  readonly #idleRanking = new IdleRanking<OpenConnection<ConnectionHandler>>()
  /** Requests whose handlers have not responded yet. */
  #requestsInWork = 0
  #sweep: NodeJS.Timeout | undefined
  #warnedAt = Number.NEGATIVE_INFINITY

  constructor(options: HttpOptions, context: Context) {
    this.#options = options
    this.#context = context
    this.#routes = new Routes(context, options)
    const requests = {
      respond: (request: Request) => this.#respond(request),
      mayUseStore: (request: Pick<Request, 'method' | 'target'>) => this.#routes.mayUseStore(request),
    }
    const bodyTimeout = Math.min(options.requestTimeout, limits.BODY_TIMEOUT_MS)
    this.#http2 = new Http2Server(requests, context, {
      body: bodyTimeout,
      stall: Math.min(options.requestTimeout, limits.STALLED_STREAM_MS),
    })
    this.#http1 = {
      writer: new ResponseWriter(new HttpDate()),
      headTimeout: Math.min(options.requestTimeout, limits.HEAD_TIMEOUT_MS),
      bodyTimeout,
      stallTimeout: Math.min(options.requestTimeout, limits.STALL_TIMEOUT_MS),
      isBehindProxy: context.proxies !== undefined,
      now: performance.now.bind(performance),
      ...requests,
      reportFailure: (error, target) => this.#reportFailure(error, target),
      acceptHttp2: (connection, stream) => this.#http2.accept(connection, stream),
    }
    this.#maxConnections = Math.min(options.maxConnections, divideOpenFiles(openFileLimit()).connections)
    this.#server = new StreamServer(context, {
      protocol: http,
      maxConnections: this.#maxConnections,
      maxPerAddress: options.maxConnectionsPerAddress,
      whenFull: {
        action: 'evict',
        choose: (open, address) => this.#chooseIdlest(open, address),
        refuse: ({ socket }) => this.#refuseConnection(socket),
      },
      alpn: ['h2', 'http/1.1'],
      // `http1/` and `http2/` emit what they have parsed themselves.
      followOptions: () => ({}),
      handle: connection => this.#accept(connection),
    })
  }

  get api(): HttpApi {
    return this.#routes.stubs.api
  }

  async listen(): Promise<readonly Endpoint[]> {
    await this.#routes.stubs.load()
    const endpoints = await this.#server.listen(this.#options)
    this.#routes.stubs.watch()
    const interval = Math.min(this.#options.requestTimeout, limits.TIMEOUT_CHECK_MS)
    this.#sweep = setInterval(() => this.#checkDeadlines(), interval)
    return endpoints
  }

  /** Loads the file of stubs again. */
  reload(): Promise<void> {
    return this.#routes.stubs.load()
  }

  reset(): Promise<void> {
    return this.#routes.reset()
  }

  async close(): Promise<void> {
    this.#routes.close()
    await this.#server.close()
    clearInterval(this.#sweep)
  }

  #accept(connection: StreamConnection): ConnectionHandler {
    return isHttp2(connection.socket) ? this.#http2.accept(connection) : new Http1Connection(connection, this.#http1)
  }

  #checkDeadlines(): void {
    const now = this.#http1.now()
    for (const { handler } of this.#server.connections) {
      if (handler instanceof Http1Connection) handler.checkDeadline(now)
    }
  }

  /** Has a request answered, unless too many are being answered already. */
  #respond(request: Request): Response | Promise<Response> {
    if (this.#requestsInWork >= limits.MAX_REQUESTS_IN_WORK) return unavailable('The server is busy. Try again later.')
    const response = this.#routes.respond(request)
    if (!(response instanceof Promise)) return response
    this.#requestsInWork += 1
    return response.finally(() => {
      this.#requestsInWork -= 1
    })
  }

  /** Chooses the connection that makes room for a new one. */
  #chooseIdlest(
    open: readonly OpenConnection<ConnectionHandler>[],
    address: string | undefined,
  ): OpenConnection<ConnectionHandler> | undefined {
    this.#warnFull(open.length)
    return this.#idleRanking.take(open, address)
  }

  #warnFull(connections: number): void {
    const now = this.#http1.now()
    if (now - this.#warnedAt < limits.FULL_WARNING_MS) return
    this.#warnedAt = now
    const option = this.#maxConnections < this.#options.maxConnections ? 'ulimit -n' : '--http-max-connections'
    const text = `http: too many connections; the idlest are closed. See ${option}`
    this.#context.log.warn({ connections }, text)
  }

  /** All connections have requests in work. */
  #refuseConnection(socket: Socket): void {
    const request = { method: 'GET', isHttp11: true, keepAlive: false }
    this.#http1.writer.write(socket, request, unavailable('The server has too many connections. Try again later.'))
  }

  #reportFailure(error: unknown, url: string): void {
    // The client has disconnected.
    if (errorCode(error) === 'ERR_STREAM_PREMATURE_CLOSE') return
    this.#context.log.error({ url, err: error }, 'http: request failed')
  }
}

/** True if client and server agreed on HTTP/2 in the TLS handshake (ALPN). Without ALPN a client uses HTTP/1.1. */
function isHttp2(socket: Socket): boolean {
  return 'alpnProtocol' in socket && socket.alpnProtocol === 'h2'
}
