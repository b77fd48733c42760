/**
 * The HTTP server: accepts connections, validates requests, routes them and sends the responses. node:http parses HTTP/1.1;
 * `http2/` takes over connections that use HTTP/2.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { errorCode } from '../../shared/errors.ts'
import { type ConnectionHandler, type StreamConnection, StreamServer } from '../../shared/net/stream-server.ts'
import { http } from '../../shared/protocols/http.ts'
import type { Context, Endpoint, Service } from '../../shared/service.ts'
import { httpDissector } from '../../shared/trace/dissectors/http.ts'
import { http2Dissector } from '../../shared/trace/dissectors/http2.ts'
import { Http1Connection } from './connection/http1-connection.ts'
import { type ParseError, responseToParseError } from './connection/parse-error.ts'
import { formatHttpDate } from './http-date.ts'
import { Http2Server } from './http2/http2-server.ts'
import { http2Preface, replayStream } from './http2/prior-knowledge.ts'
import * as limits from './limits.ts'
import type { HttpOptions } from './options.ts'
import { Http1Body } from './request/http1-body.ts'
import { isOverTls } from './request/request.ts'
import { validateRequest } from './request/validate-request.ts'
import { type Response, serializeResponse, textResponse } from './response/response.ts'
import { sendResponse } from './response/send-response.ts'
import { Routes } from './routes/routes.ts'

export class HttpServer implements Service {
  readonly name = 'http'
  readonly #options: HttpOptions
  readonly #context: Context
  readonly #routes: Routes
  readonly #connections = new WeakMap<Socket, Http1Connection>()
  readonly #server: StreamServer
  readonly #http2: Http2Server
  /** Milliseconds that the body of a request may take to arrive. */
  readonly #bodyTimeout: number
  #closing = false

  constructor(options: HttpOptions, context: Context) {
    this.#options = options
    this.#context = context
    this.#routes = new Routes(context, options)
    this.#bodyTimeout = Math.min(options.requestTimeout, limits.BODY_TIMEOUT_MS)
    this.#http2 = new Http2Server(this.#routes, context, this.#bodyTimeout)
    this.#server = new StreamServer(context, {
      protocol: http,
      maxConnections: limits.MAX_CONNECTIONS,
      whenFull: { action: 'close' },
      alpn: ['h2', 'http/1.1'],
      library: { server: this.#createHttp1Server(options.requestTimeout), accepts: socket => !isHttp2(socket) },
      followOptions: socket =>
        isHttp2(socket) ? { dissector: http2Dissector } : { dissector: httpDissector, httpServer: true },
      handle: connection => this.#accept(connection),
    })
  }

  listen(): Promise<readonly Endpoint[]> {
    return this.#server.listen(this.#options)
  }

  reset(): Promise<void> {
    return this.#routes.reset()
  }

  close(): Promise<void> {
    this.#closing = true
    this.#routes.close()
    return this.#server.close()
  }

  /** Handles a new connection. node:http emits its requests, which lead to `#onRequest`. */
  #accept(streamConnection: StreamConnection): ConnectionHandler {
    if (isHttp2(streamConnection.socket)) return this.#http2.accept(streamConnection)
    const connection = new Http1Connection(streamConnection)
    this.#connections.set(streamConnection.socket, connection)
    return { finish: () => connection.close() }
  }

  #createHttp1Server(requestTimeout: number): ReturnType<typeof createServer> {
    const server = createServer({
      // Strict even if node runs with --insecure-http-parser, because leniency enables request smuggling (RFC 9112, section 11.2).
      insecureHTTPParser: false,
      // `validateRequest` checks the field instead, so that the error response has a body.
      requireHostHeader: false,
      maxHeaderSize: limits.MAX_HEAD_BYTES,
      requestTimeout,
      headersTimeout: Math.min(requestTimeout, limits.HEAD_TIMEOUT_MS),
      keepAliveTimeout: limits.KEEP_ALIVE_TIMEOUT_MS,
      connectionsCheckingInterval: Math.min(requestTimeout, limits.TIMEOUT_CHECK_MS),
    })
    server.timeout = limits.STALL_TIMEOUT_MS
    const onRequest = (request: IncomingMessage, output: ServerResponse) => this.#onRequest(request, output)
    server.on('request', onRequest)
    // Without these listeners, node would send 100 Continue to every client, or 417, before any handler runs.
    server.on('checkContinue', onRequest)
    server.on('checkExpectation', onRequest)
    server.on('connect', (_request: IncomingMessage, socket: Socket) => this.#refuseTunnel(socket))
    server.on('clientError', (error: ParseError, socket: Socket) => this.#onParseError(error, socket))
    return server
  }

  #onRequest(request: IncomingMessage, output: ServerResponse): void {
    const connection = this.#connectionOf(request.socket)
    connection.enqueue(() => {
      output.on('close', connection.done)
      if (this.#closing) output.shouldKeepAlive = false
      const { conversation } = connection.streamConnection
      conversation.runAsCause(() => this.#respond(request, output, connection))
    })
  }

  /** Creates and sends the response: synchronously if possible, because a promise costs as much as a small response. */
  #respond(request: IncomingMessage, output: ServerResponse, connection: Http1Connection): void {
    const send = (response: Response) => sendResponse(request, output, response)
    try {
      const response = this.#createResponse(request, output, connection)
      const sent = response instanceof Promise ? response.then(send) : send(response)
      sent?.catch((error: unknown) => connection.guard.run(() => this.#onRequestError(request, output, error)))
    } catch (error) {
      this.#onRequestError(request, output, error)
    }
  }

  #createResponse(
    request: IncomingMessage,
    output: ServerResponse,
    connection: Http1Connection,
  ): Response | Promise<Response> {
    const error = validateRequest(request)
    if (error) return error
    const { method = '', url: target = '', headers } = request
    const body = new Http1Body(request, output, connection, this.#bodyTimeout)
    const { peer: client, socket } = connection.streamConnection
    return this.#routes.respond({ method, target, headers, client, isSecure: isOverTls(socket), body })
  }

  /** A handler threw, or sending a body failed. */
  #onRequestError(request: IncomingMessage, output: ServerResponse, error: unknown): void {
    const isDisconnected = errorCode(error) === 'ERR_STREAM_PREMATURE_CLOSE' || request.socket.destroyed
    if (!isDisconnected) this.#context.log.error({ url: request.url, err: error }, 'http: request failed')
    if (output.headersSent || isDisconnected) output.destroy()
    else void sendResponse(request, output, textResponse(500, 'The server failed; its log says why.'))
  }

  /** Refuses CONNECT: the server is not a proxy. node has released the socket. */
  #refuseTunnel(socket: Socket): void {
    const headers = ['Allow', 'GET, HEAD, OPTIONS', 'Connection', 'close']
    closeWithResponse(this.#connectionOf(socket), textResponse(405, 'CONNECT is not possible here.', headers))
  }

  /** Bytes could not be parsed or did not arrive in time, or the connection failed. */
  #onParseError(error: ParseError, socket: Socket): void {
    if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy()
    const connection = this.#connectionOf(socket)
    if (connection.isHandedOver) return
    const preface = http2Preface(error)
    if (preface && connection.isUnused) {
      const stream = replayStream(preface, socket)
      connection.handOver(this.#http2.accept(connection.streamConnection, stream))
      return
    }
    const response = responseToParseError(error)
    if (!connection.abortBodyRead(response)) closeWithResponse(connection, response)
  }

  #connectionOf(socket: Socket): Http1Connection {
    const connection = this.#connections.get(socket)
    if (!connection) throw new Error('the socket has no connection')
    return connection
  }
}

/** Sends a response without node:http, then closes the connection. */
function closeWithResponse(connection: Http1Connection, response: Response): void {
  connection.sendLastResponse(() => serializeResponse(response, formatHttpDate(Date.now())))
}

/** True if client and server agreed on HTTP/2 in the TLS handshake (ALPN). Without ALPN a client uses HTTP/1.1. */
function isHttp2(socket: Socket): boolean {
  return 'alpnProtocol' in socket && socket.alpnProtocol === 'h2'
}
