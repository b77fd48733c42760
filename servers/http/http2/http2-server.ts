/**
 * HTTP/2 (RFC 9113): node's framing, and the routes of HTTP/1.1. A connection is a session with many streams; each stream
 * is one request and its response.
 */
import { once } from 'node:events'
import {
  constants,
  createServer,
  type IncomingHttpHeaders,
  type Http2Server as NodeHttp2Server,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2'
import type { Duplex } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Semaphore } from '../../../shared/async/semaphore.ts'
import { errorText } from '../../../shared/errors.ts'
import type { ConnectionHandler, StreamConnection } from '../../../shared/net/stream-server.ts'
import type { Context } from '../../../shared/service.ts'
import * as limits from '../limits.ts'
import { readBody } from '../request/read-body.ts'
import { validateRequest } from '../request/validate-request.ts'
import { type Response, textResponse } from '../response/response.ts'
import type { Routes } from '../routes/routes.ts'
import { Http2Conversation } from './http2-conversation.ts'

/** Memory bound of a session in megabytes (`maxSessionMemory`); node's default. */
const MAX_SESSION_MEGABYTES = 10

interface Session {
  readonly connection: StreamConnection
  readonly conversation: Http2Conversation
  readonly streams: Semaphore
}

export class Http2Server {
  readonly #routes: Routes
  readonly #context: Context
  readonly #bodyTimeout: number
  readonly #server: NodeHttp2Server
  readonly #sessions = new Map<ServerHttp2Session, Session>()

  /** @param bodyTimeout milliseconds that the body of a request may take to arrive */
  constructor(routes: Routes, context: Context, bodyTimeout: number) {
    this.#routes = routes
    this.#bodyTimeout = bodyTimeout
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
   * Takes a connection that uses HTTP/2.
   *
   * @param stream the bytes of the connection, if some of its socket were already read
   * @returns a handler whose `finish` sends GOAWAY and waits for open streams
   */
  accept(connection: StreamConnection, stream: Duplex = connection.socket): ConnectionHandler {
    // The session handles socket errors while it is open, but not afterwards.
    connection.guard.on('error', () => connection.socket.destroy())
    let handler: ConnectionHandler = {}
    const openSession = (session: ServerHttp2Session) => {
      handler = this.#openSession(session, connection)
    }
    // node emits `session` synchronously; this is the only way to know the session of a socket.
    this.#server.once('session', openSession)
    this.#server.emit('connection', stream)
    this.#server.off('session', openSession)
    return handler
  }

  #openSession(session: ServerHttp2Session, connection: StreamConnection): ConnectionHandler {
    const streams = new Semaphore({ concurrency: limits.MAX_ACTIVE_STREAMS, maxQueued: limits.MAX_STREAMS })
    const conversation = new Http2Conversation(connection.conversation, this.#context.trace)
    this.#sessions.set(session, { connection, conversation, streams })
    session.setTimeout(limits.IDLE_SESSION_MS, () => session.destroy())
    // The client can no longer open the flow control window (RFC 9113, section 5.2).
    connection.socket.once('end', () => {
      session.close()
      session.setTimeout(limits.ENDED_SESSION_MS, () => session.destroy())
    })
    session.once('close', () => this.#sessions.delete(session))
    return { finish: () => session.close() }
  }

  #onSessionError(error: Error, session: ServerHttp2Session): void {
    const client = this.#sessions.get(session)?.connection.client
    this.#context.log.info({ client, error: errorText(error) }, 'http: HTTP/2 connection failed')
  }

  #onStream(stream: ServerHttp2Stream, fields: IncomingHttpHeaders): void {
    // The client reset the stream or broke the protocol, so no response is possible.
    stream.on('error', error => this.#context.log.info({ error: errorText(error) }, 'http: HTTP/2 stream failed'))
    stream.setTimeout(limits.STALL_TIMEOUT_MS, () => stream.close(constants.NGHTTP2_CANCEL))
    // The session of a server's stream is a ServerHttp2Session, although its type is wider.
    const session = stream.session && this.#sessions.get(stream.session as ServerHttp2Session)
    if (!session) stream.close(constants.NGHTTP2_REFUSED_STREAM)
    else session.connection.guard.run(() => this.#onRequest(stream, fields, session))
  }

  #onRequest(stream: ServerHttp2Stream, fields: IncomingHttpHeaders, session: Session): void {
    session.conversation.request(stream, fields)
    const handled = session.streams.run(() => this.#handle(stream, fields, session))
    if (!handled) stream.close(constants.NGHTTP2_REFUSED_STREAM)
  }

  /** Resolves after the response was sent, or cannot be. Never rejects. */
  async #handle(stream: ServerHttp2Stream, fields: IncomingHttpHeaders, session: Session): Promise<void> {
    try {
      const response = await this.#respond(stream, fields, session)
      if (stream.destroyed) return await closeBody(response)
      session.conversation.response(stream, response.status, toFields(response.headers))
      await sendResponse(stream, fields, response)
    } catch (error) {
      if (stream.destroyed) return
      this.#context.log.error({ url: fields[':path'], err: error }, 'http: request failed')
      if (stream.headersSent) return stream.close(constants.NGHTTP2_INTERNAL_ERROR)
      const response = textResponse(500, 'The server failed; its log says why.')
      // If this fails the client has disconnected, and the stream's `error` event has logged it.
      await sendResponse(stream, fields, response).catch(() => undefined)
    }
  }

  #respond(
    stream: ServerHttp2Stream,
    fields: IncomingHttpHeaders,
    { connection }: Session,
  ): Response | Promise<Response> {
    const { ':method': method = '', ':path': path = '', ':authority': authority } = fields
    if (method === 'CONNECT') {
      return textResponse(405, 'CONNECT is not possible here.', ['Allow', 'GET, HEAD, OPTIONS'])
    }
    const host = authority ?? fields.host
    // The rules of HTTP/1.1 apply (RFC 9113, section 8.3.1); node has ensured that there is at most one host.
    const head = { url: path, httpVersionMajor: 1, httpVersionMinor: 1, rawHeaders: [] }
    const sendContinue = () => stream.additionalHeaders({ ':status': 100 })
    const read = (maxBytes: number) => readBody(stream, { fields, maxBytes, timeout: this.#bodyTimeout, sendContinue })
    return (
      validateRequest({ ...head, headers: { host, expect: fields.expect } }) ??
      this.#routes.respond(method, path, fields, { client: connection.peer, read })
    )
  }
}

async function sendResponse(stream: ServerHttp2Stream, fields: IncomingHttpHeaders, response: Response): Promise<void> {
  const { status, headers, body } = response
  const endStream = body === undefined || fields[':method'] === 'HEAD'
  try {
    stream.respond({ ':status': status, ...toFields(headers) }, { endStream })
    if (endStream) return
    if (isStreamed(body)) await pipeline(body.chunks(), stream)
    else await sendWhole(stream, body)
  } finally {
    await closeBody(response)
    // The rest of the request body is not needed; NO_ERROR because the response is complete (section 8.1).
    if (!stream.readableEnded) stream.close(constants.NGHTTP2_NO_ERROR)
  }
}

async function sendWhole(stream: ServerHttp2Stream, body: string | Uint8Array): Promise<void> {
  const closed = once(stream, 'close')
  stream.end(body)
  await closed
}

function isStreamed(body: Response['body']): body is Exclude<Response['body'], string | Uint8Array | undefined> {
  return typeof body === 'object' && 'chunks' in body
}

async function closeBody({ body }: Response): Promise<void> {
  if (isStreamed(body)) await body.close()
}

/** Converts header fields to an object, without the connection-specific ones that HTTP/2 forbids (section 8.2.2). */
function toFields(headers: readonly string[]): Record<string, string> {
  const fields: Record<string, string> = {}
  for (let index = 0; index < headers.length; index += 2) {
    const name = String(headers[index]).toLowerCase()
    if (name !== 'connection') fields[name] = String(headers[index + 1])
  }
  return fields
}
