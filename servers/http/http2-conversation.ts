/** Tells the trace of one connection of HTTP/2: its streams' heads, as the server sees and writes them. */
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import type { TLSSocket } from 'node:tls'
import { describeHttp2, http2Dissector } from '../../shared/trace/dissectors/http2.ts'
import type { Trace } from '../../shared/trace/trace.ts'

export class Http2Conversation {
  readonly #trace: Trace
  readonly #conversation: ReturnType<Trace['follow']>

  constructor(socket: TLSSocket, trace: Trace) {
    this.#trace = trace
    const about = { protocol: 'http', side: 'server', transport: 'tls', dissector: http2Dissector } as const
    this.#conversation = trace.follow(socket, about)
  }

  request({ id = 0 }: ServerHttp2Stream, fields: IncomingHttpHeaders): void {
    if (this.#trace.active) this.#conversation.said(describeHttp2('request', id, fields))
  }

  response({ id = 0 }: ServerHttp2Stream, status: number, fields: Readonly<Record<string, string>>): void {
    if (this.#trace.active) this.#conversation.said(describeHttp2('response', id, { ':status': status, ...fields }))
  }
}
