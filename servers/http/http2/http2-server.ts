/**
 * Serves HTTP/2 (RFC 9113). node does the framing, and the routes are those of HTTP/1.1. A connection is a session with many
 * streams; each stream is one request and its response.
 */
import {
  constants,
  createServer,
  type IncomingHttpHeaders,
  type Http2Server as NodeHttp2Server,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2'
import type { Duplex } from 'node:stream'
import { Semaphore } from '../../../shared/async/semaphore.ts'
import { errorText } from '../../../shared/errors.ts'
import type { ConnectionHandler, StreamConnection } from '../../../shared/net/stream-server.ts'
import type { Context } from '../../../shared/service.ts'
import * as limits from '../limits.ts'
import { readBody } from '../request/read-body.ts'
import { isOverTls, type Request } from '../request/request.ts'
import { streamBody } from '../request/stream-body.ts'
import { validateRequest } from '../request/validate-request.ts'
import { closeBody, type Response, textResponse } from '../response/response.ts'
import { errorCodeFor } from './error-code.ts'
import { isHeadTooLong } from './head-length.ts'
import { Http2Conversation } from './http2-conversation.ts'
import { ResponseFields } from './response-fields.ts'
import { sendHttp2Response } from './send-http2-response.ts'
import { SessionHandler } from './session-handler.ts'
import { WorkQueue } from './work-queue.ts'

/** Bounds the memory of a session; node's default. */
const MAX_SESSION_MEGABYTES = 10

/** In milliseconds. */
export interface Http2Timeouts {
  /** How long the body of a request may take to arrive. */
  readonly body: number
  /** How long a client may take no bytes of a response, or not respond to a PING. */
  readonly stall: number
}

/** Handles requests of either version. */
interface RequestHandler {
  respond(request: Request): Response | Promise<Response>
  /** True if the response can need the database. */
  mayUseStore(request: Pick<Request, 'method' | 'target'>): boolean
}

interface Session {
  readonly connection: StreamConnection
  readonly conversation: Http2Conversation
  readonly streams: Semaphore
  readonly work: WorkQueue
}

export class Http2Server {
  readonly #requests: RequestHandler
  readonly #context: Context
  readonly #timeouts: Http2Timeouts
  readonly #server: NodeHttp2Server
  readonly #sessions = new Map<ServerHttp2Session, Session>()
  readonly #fields = new ResponseFields()

  constructor(requests: RequestHandler, context: Context, timeouts: Http2Timeouts) {
    this.#requests = requests
    this.#timeouts = timeouts
    this.#context = context
    this.#server = createServer({
      maxSessionMemory: MAX_SESSION_MEGABYTES,
      settings: {
        maxConcurrentStreams: limits.MAX_STREAMS,
        maxHeaderListSize: limits.MAX_HEAD_BYTES,
        enablePush: false,
      },
    })
    this.#server.on('sessionError', (error, session) => this.#onSessionError(error, session))
    this.#server.on('stream', (stream, fields) => this.#onStream(stream, fields))
  }

  /**
   * Takes over a connection.
   *
   * @param stream replaces the socket of the connection if some of its bytes were already read
   * @returns a handler whose `finish` sends GOAWAY and waits for open streams
   */
  accept(connection: StreamConnection, stream: Duplex = connection.socket): ConnectionHandler {
    // The session handles socket errors while it is open, but not afterwards.
    connection.guard.on('error', () => connection.socket.destroy())
    let handler: ConnectionHandler = {}
    const openSession = (session: ServerHttp2Session) => {
      handler = this.#openSession(session, connection)
    }
    // node emits `session` synchronously. There is no other way to get the session of a socket.
    this.#server.once('session', openSession)
    this.#server.emit('connection', stream)
    this.#server.off('session', openSession)
    return handler
  }

  #openSession(session: ServerHttp2Session, connection: StreamConnection): ConnectionHandler {
    sendCorrectErrorCodes(session)
    const streams = new Semaphore({ concurrency: limits.MAX_ACTIVE_STREAMS, maxQueued: limits.MAX_STREAMS })
    const conversation = new Http2Conversation(connection.conversation, this.#context.trace)
    this.#sessions.set(session, { connection, conversation, streams, work: new WorkQueue() })
    // The client can no longer open the flow-control window (RFC 9113, section 5.2).
    connection.socket.once('end', () => {
      session.close()
      session.setTimeout(limits.ENDED_SESSION_MS, () => session.destroy())
    })
    session.once('close', () => this.#sessions.delete(session))
    return new SessionHandler(session, this.#timeouts.stall)
  }

  #onSessionError(error: Error, session: ServerHttp2Session): void {
    const client = this.#sessions.get(session)?.connection.client
    this.#context.log.info({ client, error: errorText(error) }, 'http: HTTP/2 connection failed')
  }

  #onStream(stream: ServerHttp2Stream, fields: IncomingHttpHeaders): void {
    // The client reset the stream or broke the protocol, so no response is possible.
    stream.on('error', error => this.#context.log.info({ error: errorText(error) }, 'http: HTTP/2 stream failed'))
    // A handler may take longer than a client that does not read.
    stream.setTimeout(this.#timeouts.stall, () => {
      if (stream.writableLength > 0) stream.close(constants.NGHTTP2_CANCEL)
      else stream.setTimeout(this.#timeouts.stall)
    })
    // The session of a server's stream is a ServerHttp2Session, although its type is wider.
    const session = stream.session && this.#sessions.get(stream.session as ServerHttp2Session)
    if (!session) stream.close(constants.NGHTTP2_REFUSED_STREAM)
    else session.connection.guard.run(() => this.#onRequest(stream, fields, session))
  }

  #onRequest(stream: ServerHttp2Stream, fields: IncomingHttpHeaders, session: Session): void {
    session.conversation.emitRequest(stream, fields)
    const { conversation } = session.connection
    const { ':method': method = '', ':path': target = '' } = fields
    const hasCause = conversation.isTraced && this.#requests.mayUseStore({ method, target })
    const handle = () => this.#handle(stream, fields, session)
    // The queue calls it in the context of another stream, so that the cause is set within.
    const start = hasCause ? () => conversation.runAsCause(handle) : handle
    const handled = session.streams.run(() => new Promise(resolve => session.work.run(() => resolve(start()))))
    if (!handled) stream.close(constants.NGHTTP2_REFUSED_STREAM)
  }

  /** Resolves when the response was sent or cannot be sent. Never rejects. */
  async #handle(stream: ServerHttp2Stream, fields: IncomingHttpHeaders, session: Session): Promise<void> {
    const { stall } = this.#timeouts
    try {
      const response = await this.#respond(stream, fields, session)
      if (stream.destroyed) return await closeBody(response)
      const responseFields = this.#fields.of(response)
      session.conversation.emitResponse(stream, responseFields)
      await sendHttp2Response(stream, fields, response, { fields: responseFields, stall })
    } catch (error) {
      if (stream.destroyed || stream.closed) return
      this.#context.log.error({ url: fields[':path'], err: error }, 'http: request failed')
      if (stream.headersSent) return stream.close(constants.NGHTTP2_INTERNAL_ERROR)
      const response = textResponse(500, 'The server failed; its log says why.')
      // This fails only if the client has disconnected, which the stream's `error` event has logged.
      const failure = { fields: this.#fields.of(response), stall }
      await sendHttp2Response(stream, fields, response, failure).catch(() => undefined)
    }
  }

  #respond(
    stream: ServerHttp2Stream,
    fields: IncomingHttpHeaders,
    { connection }: Session,
  ): Response | Promise<Response> {
    const { ':method': method = '', ':path': target = '', ':authority': authority } = fields
    const host = authority ?? fields.host
    // RFC 9113, section 8.3.1: a request whose authority and host differ is malformed.
    if (fields.host !== undefined && host?.toLowerCase() !== fields.host.toLowerCase()) {
      return textResponse(400, 'The host field differs from :authority.')
    }
    if (isHeadTooLong(fields)) {
      return textResponse(431, `The header section is longer than ${limits.MAX_HEAD_BYTES} bytes.`)
    }
    const sendContinue = () => stream.additionalHeaders({ ':status': 100 })
    // A stream that the client has reset is closed when it ends; one whose body is complete is not.
    const isComplete = () => !stream.closed
    const options = (maxBytes: number) => ({ fields, maxBytes, timeout: this.#timeouts.body, sendContinue, isComplete })
    const body = {
      read: (maxBytes: number) => readBody(stream, options(maxBytes)),
      stream: (maxBytes: number) => streamBody(stream, options(maxBytes)),
      abortSignal: () => resetSignal(stream),
    }
    // Handlers know only Host. A copy of the fields would cost as much as the rest of this function.
    if (host !== undefined) fields.host = host
    const { peer: client, socket } = connection
    const isSecure = isOverTls(socket)
    const invalid = validateRequest({ target, isHttp11: true, isSecure, host, expect: fields.expect })
    if (invalid) return invalid
    const lifetime = { onDisconnect: (listener: () => void) => void stream.once('close', listener) }
    return this.#requests.respond({
      method,
      target,
      headers: fields,
      client,
      isSecure,
      body,
      lifetime,
    })
  }
}

/** Returns a signal that is aborted when the client has reset the stream. */
function resetSignal(stream: ServerHttp2Stream): AbortSignal {
  const controller = new AbortController()
  if (stream.aborted) controller.abort()
  else stream.once('aborted', () => controller.abort())
  return controller.signal
}

/** node ends a session with INTERNAL_ERROR, or without GOAWAY, also if the client is at fault (RFC 9113, section 5.4.1). */
function sendCorrectErrorCodes(session: ServerHttp2Session): void {
  const destroy = session.destroy.bind(session)
  session.destroy = (error, code) => {
    if (!error) return destroy(error, code)
    // While node reports the error, nghttp2 has not sent GOAWAY yet, and node closes the socket at once.
    setImmediate(() => destroy(error, code ?? errorCodeFor(error)))
  }
}
