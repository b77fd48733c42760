/** Emits one exchange of an HTTP/1.1 connection to the trace, from what the server has parsed and written itself. */
import type { Conversation } from '../../../shared/trace/conversation.ts'
import { type Direction, Excerpt } from '../../../shared/trace/dissector.ts'
import { describeHttpBody, describeHttpHead } from '../../../shared/trace/dissectors/http/describe.ts'

export class ExchangeTrace {
  readonly #conversation: Conversation
  readonly #exchange: number
  #requestBody: Excerpt | undefined
  #responseBody: Excerpt | undefined

  /** @param exchange the number of the request on its connection, from 1 */
  constructor(conversation: Conversation, exchange: number) {
    this.#conversation = conversation
    this.#exchange = exchange
  }

  /**
   * @param head with the empty line, as latin1
   * @param time when it was received or sent; default: now
   */
  head(direction: Direction, head: string, time?: number): void {
    this.#conversation.emitDissected(describeHttpHead(direction, this.#exchange, head), time)
  }

  requestContent(bytes: Uint8Array): void {
    this.#requestBody ??= new Excerpt()
    this.#requestBody.add(bytes)
  }

  endRequest(type: string | undefined, isComplete: boolean, declaredLength?: number): void {
    this.#end('request', this.#requestBody, { type, isComplete, declaredLength })
    this.#requestBody = undefined
  }

  responseContent(bytes: Uint8Array): void {
    this.#responseBody ??= new Excerpt()
    this.#responseBody.add(bytes)
  }

  /** The body of a response that is written at once. */
  responseBody(bytes: Uint8Array, type: string | undefined): void {
    if (bytes.length === 0) return
    const body = { direction: 'response', exchange: this.#exchange, type, size: bytes.length, bytes } as const
    this.#conversation.emitDissected(describeHttpBody(body))
  }

  endResponse(type: string | undefined, isComplete: boolean, declaredLength?: number): void {
    this.#end('response', this.#responseBody, { type, isComplete, declaredLength })
    this.#responseBody = undefined
  }

  #end(
    direction: Direction,
    body: Excerpt | undefined,
    about: { type: string | undefined; isComplete: boolean; declaredLength: number | undefined },
  ): void {
    if (!body) return
    const { bytes, size } = body
    this.#conversation.emitDissected(describeHttpBody({ direction, exchange: this.#exchange, ...about, size, bytes }))
  }
}
