/** `GET /mail/events`: an event for each message that arrives (server-sent events, HTML Standard, section 9.2). */
import type { MailStore } from '../../../../shared/store/mail/mail-store.ts'
import { StoreError } from '../../../../shared/store/store-error.ts'
import type { RouteRequest } from '../../request/request.ts'
import { type Response, type StreamedBody, textResponse } from '../../response/response.ts'
import type { Access } from './mail-access.ts'
import { isOwn, toSummary } from './representation.ts'

/** Clients that follow the mail at once. */
const MAX_CLIENTS = 100
/** Milliseconds between bytes: proxies and this server close connections that are silent for longer. */
const HEARTBEAT_MS = 15_000

const HEADERS = ['Content-Type', 'text/event-stream; charset=utf-8', 'Cache-Control', 'no-store']

export class MailEvents {
  readonly #heartbeat: number
  readonly #streams = new Set<AbortController>()
  #closed = false

  /** @param heartbeat milliseconds */
  constructor(heartbeat = HEARTBEAT_MS) {
    this.#heartbeat = heartbeat
  }

  /** A client that reconnects sends the id of the last event that it has, and gets all messages after it. */
  open(mail: MailStore, request: RouteRequest, access: Access): Response {
    if (this.#streams.size >= MAX_CLIENTS)
      return textResponse(503, 'Too many clients follow the mail.', ['Retry-After', '5'])
    const lastId = request.headers['last-event-id']
    return { status: 200, headers: HEADERS, body: this.#stream(mail, lastId?.toString() ?? mail.now(), access) }
  }

  /** Ends all streams, and those that open later at once. */
  close(): void {
    this.#closed = true
    for (const stream of this.#streams) stream.abort()
  }

  #stream(mail: MailStore, after: string, access: Access): StreamedBody {
    const ended = new AbortController()
    if (this.#closed) ended.abort()
    this.#streams.add(ended)
    return {
      chunks: () => this.#chunks(mail, after, access, ended.signal),
      cancel: () => ended.abort(),
      close: async () => {
        this.#streams.delete(ended)
        ended.abort()
      },
    }
  }

  async *#chunks(mail: MailStore, after: string, { owner }: Access, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    // A first line, so that the header fields are sent at once.
    yield Buffer.from(': connected\n\n')
    try {
      for await (const messages of mail.follow({ after, signal, heartbeat: this.#heartbeat })) {
        const own = messages.filter(({ envelope }) => owner === undefined || envelope.to.some(to => isOwn(to, owner)))
        const events = own.map(message => `id: ${message.id}\ndata: ${JSON.stringify(toSummary(message, owner))}\n\n`)
        yield Buffer.from(events.join('') || ': heartbeat\n\n')
      }
    } catch (error) {
      const isClosed = signal.aborted || (error instanceof StoreError && error.code === 'closed')
      if (!isClosed) throw error
    }
  }
}
