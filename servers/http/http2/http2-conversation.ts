/** Emits the header sections of HTTP/2 streams to the trace, as the server receives and sends them. */
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import type { Conversation } from '../../../shared/trace/conversation.ts'
import { describeHttp2 } from '../../../shared/trace/dissectors/http2.ts'
import type { Trace } from '../../../shared/trace/trace.ts'
import type { Http2ResponseFields } from './response-fields.ts'

export class Http2Conversation {
  readonly #trace: Trace
  readonly #conversation: Conversation

  constructor(conversation: Conversation, trace: Trace) {
    this.#conversation = conversation
    this.#trace = trace
  }

  emitRequest({ id = 0 }: ServerHttp2Stream, fields: IncomingHttpHeaders): void {
    // The server adds Host to the fields for its handlers.
    if (this.#trace.active) this.#conversation.emitDissected(describeHttp2('request', id, { ...fields }))
  }

  emitResponse({ id = 0 }: ServerHttp2Stream, fields: Http2ResponseFields): void {
    if (this.#trace.active) this.#conversation.emitDissected(describeHttp2('response', id, fields))
  }
}
