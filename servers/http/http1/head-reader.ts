/** Finds the heads of the requests of one connection in its input, bounds how long each may take, and shows them in the trace. */
import { errorText } from '../../../shared/errors.ts'
import type { Conversation } from '../../../shared/trace/conversation.ts'
import { traceTime } from '../../../shared/trace/event.ts'
import type { Http1Core } from './core.ts'
import { ExchangeTrace } from './exchange-trace.ts'
import { MalformedRequest } from './malformed-request.ts'
import { type HeadText, takeHead } from './take-head.ts'

const CR = 0x0d
const LF = 0x0a

export class HeadReader {
  readonly #conversation: Conversation
  readonly #core: Http1Core
  /** Requests so far, malformed ones too. */
  #count = 0
  #isIncomplete = false
  /** The time of the last bytes in the trace: a pipelined request is parsed later. Undefined if nothing was traced. */
  #receivedAt: number | undefined
  /** When the wait for the next head is over; 0 for never. */
  #deadline: number
  #trace: ExchangeTrace | undefined

  /** The first byte of the first head must arrive within the time of a head. */
  constructor(conversation: Conversation, core: Http1Core) {
    this.#conversation = conversation
    this.#core = core
    this.#deadline = core.now() + core.headTimeout
  }

  /** True until the first request of the connection has arrived. */
  get isFirst(): boolean {
    return this.#count === 0
  }

  /** True from the first byte of a head to its last. */
  get isIncomplete(): boolean {
    return this.#isIncomplete
  }

  /** The trace of the last request. Undefined while there is no listener. */
  get trace(): ExchangeTrace | undefined {
    return this.#trace
  }

  /** Bytes have arrived. */
  onBytes(): void {
    if (this.#conversation.isTraced) this.#receivedAt = traceTime()
  }

  /** The next head must begin before `deadline`. */
  waitUntil(deadline: number): void {
    this.#deadline = deadline
  }

  /** Returns true, once, if the next head has not begun in time, or has begun and is not complete in time. */
  hasJustTimedOut(now: number): boolean {
    if (this.#deadline === 0 || now < this.#deadline) return false
    this.#deadline = 0
    return true
  }

  /**
   * Returns the next head; undefined if it is incomplete. The time for its other bytes starts with its first ones.
   *
   * @throws MalformedRequest if the bytes cannot become a valid head
   */
  next(input: Buffer): HeadText | undefined {
    const head = this.#take(input)
    if (head) {
      this.#isIncomplete = false
      this.#deadline = 0
      this.#countRequest()
      this.#trace?.head('request', `${head.text}\r\n\r\n`, this.#receivedAt)
    } else if (!this.#isIncomplete && !isBlank(input)) {
      this.#isIncomplete = true
      this.#deadline = this.#core.now() + this.#core.headTimeout
    }
    return head
  }

  /** Returns the error of a head that has not arrived in time; the trace shows it. */
  failLate(): MalformedRequest {
    const late = new MalformedRequest(408, 'The request did not arrive in time.')
    this.#onInvalid(late.message)
    return late
  }

  #take(input: Buffer): HeadText | undefined {
    try {
      return takeHead(input)
    } catch (error) {
      this.#onInvalid(errorText(error))
      throw error
    }
  }

  /** There is no head that the trace could show. */
  #onInvalid(reason: string): void {
    this.#countRequest()
    this.#conversation.emitError(`no valid request: ${reason}`)
  }

  #countRequest(): void {
    this.#count += 1
    this.#trace = this.#conversation.isTraced ? new ExchangeTrace(this.#conversation, this.#count) : undefined
  }
}

/** True if there are only empty lines, with which no head begins: some clients send one after a body (RFC 9112, section 2.2). */
function isBlank(input: Buffer): boolean {
  return input.every(byte => byte === CR || byte === LF)
}
