/**
 * HTTP/2 (RFC 9113): node's framing, and the same site's answers. A connection is a session with many streams;
 * each stream is one request and its response.
 */
import { once } from 'node:events'
import {
  constants,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Semaphore } from '../../shared/async/semaphore.ts'
import { errorText } from '../../shared/errors.ts'
import { formatAuthority, plainHost } from '../../shared/net/address.ts'
import { ConnectionGuard } from '../../shared/net/connection-guard.ts'
import { OpenSockets } from '../../shared/net/open-sockets.ts'
import type { Context } from '../../shared/service.ts'
import type { Conversation } from '../../shared/trace/conversation.ts'
import { type Answer, page } from './answer.ts'
import { readBody } from './body.ts'
import { followHttp2, Http2Conversation } from './http2-conversation.ts'
import * as limits from './limits.ts'
import type { Site } from './site.ts'
import { objection } from './soundness.ts'

/** What a session may keep in memory, in the megabytes of `maxSessionMemory`; node's own bound. */
const MAX_SESSION_MEGABYTES = 10

interface Session {
  readonly turns: Semaphore
  readonly conversation: Http2Conversation
  readonly client: { readonly address: string; readonly port: number }
  readonly guard: ConnectionGuard
}

export class Http2 {
  readonly #site: Site
  readonly #context: Context
  readonly #bodyTimeout: number
  readonly #server: Http2Server
  readonly #sockets = new OpenSockets()
  readonly #sessions = new Map<ServerHttp2Session, Session>()

  /** @param bodyTimeout milliseconds that the body of a request may take to arrive */
  constructor(site: Site, context: Context, bodyTimeout: number) {
    this.#site = site
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
    this.#server.on('sessionError', (error, session) => this.#failed(error, session))
    this.#server.on('stream', (stream, fields) => this.#take(stream, fields))
  }

  /**
   * Takes a connection on which client and server have agreed on HTTP/2.
   *
   * @param begun what it was before, where it has begun as one of HTTP/1.1
   */
  accept(socket: Socket, begun?: { readonly stream: Duplex; readonly conversation: Conversation }): void {
    const { log, trace } = this.#context
    this.#sockets.add(socket)
    const guard = new ConnectionGuard(socket, log, 'http')
    // The session hears errors itself, but not those that come when it is over.
    guard.on('error', () => socket.destroy())
    guard.run(() => {
      const conversation = new Http2Conversation(begun?.conversation ?? followHttp2(socket, trace), trace)
      const begin = (session: ServerHttp2Session) => this.#begin(session, socket, guard, conversation)
      // node gives out the session while it takes the connection; from then on the socket cannot be told from it.
      this.#server.once('session', begin)
      this.#server.emit('connection', begun?.stream ?? socket)
      this.#server.off('session', begin)
    })
  }

  /** Tells every client that no more requests are taken (GOAWAY), and waits for those under way. */
  async close(drainTime: number): Promise<void> {
    for (const session of this.#sessions.keys()) session.close()
    await this.#sockets.drain(drainTime)
  }

  #begin(session: ServerHttp2Session, socket: Socket, guard: ConnectionGuard, conversation: Http2Conversation): void {
    const { remoteAddress = '', remotePort = 0 } = socket
    const client = { address: plainHost(remoteAddress), port: remotePort }
    const turns = new Semaphore({ concurrency: limits.MAX_STREAMS_AT_ONCE, maxQueued: limits.MAX_STREAMS })
    this.#sessions.set(session, { turns, conversation, client, guard })
    session.setTimeout(limits.IDLE_SESSION_MS, () => session.destroy())
    // What flow control holds back then is held back for ever (RFC 9113, section 5.2).
    socket.once('end', () => {
      session.close()
      session.setTimeout(limits.ENDED_SESSION_MS, () => session.destroy())
    })
    session.once('close', () => this.#sessions.delete(session))
  }

  #failed(error: Error, session: ServerHttp2Session): void {
    const client = this.#sessions.get(session)?.client
    this.#context.log.info(
      { client: client && formatAuthority(client.address, client.port), error: errorText(error) },
      'http: a connection of HTTP/2 failed',
    )
  }

  #take(stream: ServerHttp2Stream, fields: IncomingHttpHeaders): void {
    // The client has broken off, or breaks the protocol: there is nobody to answer.
    stream.on('error', error => this.#context.log.info({ error: errorText(error) }, 'http: a request broke off'))
    stream.setTimeout(limits.STALL_TIMEOUT_MS, () => stream.close(constants.NGHTTP2_CANCEL))
    // A server's stream has a server's session, which its type does not say.
    const session = stream.session && this.#sessions.get(stream.session as ServerHttp2Session)
    if (!session) stream.close(constants.NGHTTP2_REFUSED_STREAM)
    else session.guard.run(() => this.#request(stream, fields, session))
  }

  #request(stream: ServerHttp2Stream, fields: IncomingHttpHeaders, session: Session): void {
    session.conversation.request(stream, fields)
    const served = session.turns.run(() => this.#serve(stream, fields, session))
    if (!served) stream.close(constants.NGHTTP2_REFUSED_STREAM)
  }

  /** Answers one request; resolves when its response has been taken, or cannot be. Never rejects. */
  async #serve(stream: ServerHttp2Stream, fields: IncomingHttpHeaders, session: Session): Promise<void> {
    try {
      const answer = await this.#answer(stream, fields, session)
      if (stream.destroyed) return await closeBody(answer)
      session.conversation.response(stream, answer.status, fieldsOf(answer.headers))
      await sendAnswer(stream, fields, answer)
    } catch (error) {
      if (stream.destroyed) return
      this.#context.log.error({ url: fields[':path'], err: error }, 'http: a request failed')
      if (stream.headersSent) stream.close(constants.NGHTTP2_INTERNAL_ERROR)
      // Where this fails the client is gone, which the stream's own error has told the log.
      else await sendAnswer(stream, fields, page(500, 'The server failed; its log says why.')).catch(() => undefined)
    }
  }

  #answer(stream: ServerHttp2Stream, fields: IncomingHttpHeaders, { client }: Session): Answer | Promise<Answer> {
    const { ':method': method = '', ':path': path = '', ':authority': authority } = fields
    if (method === 'CONNECT') return page(405, 'CONNECT is not possible here.', ['Allow', 'GET, HEAD, OPTIONS'])
    const host = authority ?? fields.host
    // What must hold for a request of HTTP/1.1 must hold here (RFC 9113, section 8.3.1); there is one host at most.
    const head = { url: path, httpVersionMajor: 1, httpVersionMinor: 1, rawHeaders: [] }
    const goOn = () => stream.additionalHeaders({ ':status': 100 })
    const body = (maxBytes: number) => readBody(stream, { fields, maxBytes, timeout: this.#bodyTimeout, goOn })
    return (
      objection({ ...head, headers: { host, expect: fields.expect } }) ??
      this.#site.answer(method, path, fields, { client, body })
    )
  }
}

async function sendAnswer(stream: ServerHttp2Stream, fields: IncomingHttpHeaders, answer: Answer): Promise<void> {
  const { status, headers, body } = answer
  const endStream = body === undefined || fields[':method'] === 'HEAD'
  try {
    stream.respond({ ':status': status, ...fieldsOf(headers) }, { endStream })
    if (endStream) return
    if (isStreamed(body)) await pipeline(body.chunks(), stream)
    else await sendWhole(stream, body)
  } finally {
    await closeBody(answer)
    // What the client still sends of its body is not wanted; without an error, it has its answer (section 8.1).
    if (!stream.readableEnded) stream.close(constants.NGHTTP2_NO_ERROR)
  }
}

async function sendWhole(stream: ServerHttp2Stream, body: string | Uint8Array): Promise<void> {
  const done = once(stream, 'close')
  stream.end(body)
  await done
}

function isStreamed(body: Answer['body']): body is Exclude<Answer['body'], string | Uint8Array | undefined> {
  return typeof body === 'object' && 'chunks' in body
}

async function closeBody({ body }: Answer): Promise<void> {
  if (isStreamed(body)) await body.close()
}

/** The fields of an answer by their names; HTTP/2 has no fields about the connection (section 8.2.2). */
function fieldsOf(headers: readonly string[]): Record<string, string> {
  const fields: Record<string, string> = {}
  for (let index = 0; index < headers.length; index += 2) {
    const name = String(headers[index]).toLowerCase()
    if (name !== 'connection') fields[name] = String(headers[index + 1])
  }
  return fields
}
