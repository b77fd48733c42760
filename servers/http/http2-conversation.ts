/** Tells the trace of one connection of HTTP/2: its streams' heads, as the server sees and writes them. */
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import type { Conversation } from '../../shared/trace/conversation.ts'
import { describeHttp2, http2Dissector } from '../../shared/trace/dissectors/http2.ts'
import type { Trace } from '../../shared/trace/trace.ts'

/** Follows a connection that speaks HTTP/2, over TLS, from its first byte. */
export function followHttp2(socket: Socket, trace: Trace): Conversation {
  return trace.follow(socket, { protocol: 'http', side: 'server', transport: 'tls', dissector: http2Dissector })
}

export class Http2Conversation {
  readonly #trace: Trace
  readonly #conversation: Conversation

  constructor(conversation: Conversation, trace: Trace) {
    this.#conversation = conversation
    this.#trace = trace
  }

  request({ id = 0 }: ServerHttp2Stream, fields: IncomingHttpHeaders): void {
    if (this.#trace.active) this.#conversation.emitDissected(describeHttp2('request', id, fields))
  }

  response({ id = 0 }: ServerHttp2Stream, status: number, fields: Readonly<Record<string, string>>): void {
    if (this.#trace.active)
      this.#conversation.emitDissected(describeHttp2('response', id, { ':status': status, ...fields }))
  }
}
