/**
 * Dissects HTTP/1.x (RFC 9112): emits a message at the end of each head, and a transfer at the end of each body.
 *
 * - Responses have the order of their requests (section 9.3.2), so the n-th final response belongs to exchange n; 1xx responses
 *   are not final. The method of a request decides whether its response has a body.
 * - After 101, 2xx to CONNECT, or the preface of HTTP/2 (RFC 9113, section 3.4), the connection is no longer HTTP/1.x:
 *   there are no further events.
 * - If tracing begins within a body, or the peer does not use HTTP, the bytes are not a head. The dissector then emits one error
 *   and ignores that direction until the other one has a message, because the next head follows that message.
 */
import { type Direction, type Dissected, type Dissector, Excerpt } from '../dissector.ts'
import { type BodyReader, createBodyReader } from './http/body.ts'
import { describeHttpBody, describeHttpHead } from './http/describe.ts'
import { type Head, HeadCollector } from './http/head.ts'

/** Bounds the requests that wait for responses; the dissector stops if a client pipelines more. */
const MAX_PENDING = 1000

/** A request that waits for its response. */
interface PendingRequest {
  readonly exchange: number
  /** Undefined if the head of the request is invalid. */
  readonly method: string | undefined
}

/** The state of one direction. */
type Phase =
  | { readonly kind: 'head'; readonly collector: HeadCollector }
  | { readonly kind: 'body'; readonly reader: BodyReader; readonly excerpt: Excerpt; readonly context: BodyContext }
  | { readonly kind: 'ignored' }

/** The message that a body belongs to. */
interface BodyContext {
  readonly direction: Direction
  readonly exchange: number
  readonly type: string | undefined
}

export function httpDissector(): Dissector {
  return new HttpDissector()
}

class HttpDissector implements Dissector {
  readonly #phases: Record<Direction, Phase> = { request: atHead('request'), response: atHead('response') }
  /** Directions with an error since their last head. */
  readonly #failed = new Set<Direction>()
  #pending: PendingRequest[] = []
  #exchange = 0
  /** The exchange of a request whose response preceded the end of its head (408, 431). */
  #earlyExchange: number | undefined
  #stopped = false
  #dissected: Dissected[] = []

  push(direction: Direction, bytes: Uint8Array): readonly Dissected[] {
    let rest = bytes
    while (rest.length > 0 && !this.#stopped) rest = rest.subarray(this.#consume(direction, rest))
    return this.#flush()
  }

  end(direction: Direction): readonly Dissected[] {
    const phase = this.#phases[direction]
    this.#phases[direction] = { kind: 'ignored' }
    if (this.#stopped) return this.#flush()
    if (phase.kind === 'body') this.#emitBody(phase)
    else if (phase.kind === 'head' && phase.collector.isIncomplete) {
      this.#dissected.push({ kind: 'error', summary: `the connection ended within a ${direction} head` })
    }
    return this.#flush()
  }

  #flush(): readonly Dissected[] {
    const dissected = this.#dissected
    this.#dissected = []
    return dissected
  }

  /** Consumes some of the bytes; returns their number. */
  #consume(direction: Direction, bytes: Uint8Array): number {
    const phase = this.#phases[direction]
    if (phase.kind === 'ignored') return bytes.length
    return phase.kind === 'head'
      ? this.#consumeHead(direction, phase.collector, bytes)
      : this.#consumeBody(direction, phase, bytes)
  }

  #consumeHead(direction: Direction, collector: HeadCollector, bytes: Uint8Array): number {
    const consumed = collector.consume(bytes)
    if (collector.failure !== undefined) this.#failHead(direction, collector.failure)
    else if (!collector.head) return consumed
    else if (direction === 'request') this.#handleRequest(collector.head)
    else this.#handleResponse(collector.head)
    return consumed
  }

  #consumeBody(direction: Direction, phase: Phase & { kind: 'body' }, bytes: Uint8Array): number {
    const consumed = phase.reader.consume(bytes, content => phase.excerpt.add(content))
    if (phase.reader.failure !== undefined) {
      this.#emitBody(phase)
      this.#fail(direction, phase.reader.failure)
    } else if (phase.reader.done) {
      this.#emitBody(phase)
      this.#phases[direction] = atHead(direction)
    }
    return consumed
  }

  #handleRequest(head: Head): void {
    this.#failed.delete('request')
    if (head.isHttp2Preface) {
      this.#stopped = true
      this.#dissected.push({ kind: 'state', summary: 'HTTP/2 from here on' })
      return
    }
    if (this.#phases.response.kind === 'ignored') {
      // The dissector ignored the responses to earlier requests.
      this.#pending = []
      this.#phases.response = atHead('response')
    }
    const exchange = this.#earlyExchange ?? this.#addPending(head.method)
    this.#earlyExchange = undefined
    this.#emitHead(head, { direction: 'request', exchange, type: head.field('content-type') }, head.method)
  }

  #handleResponse(head: Head): void {
    this.#failed.delete('response')
    const { exchange, method, isKnown } = this.#findRequest()
    const status = head.status ?? 0
    const context: BodyContext = { direction: 'response', exchange, type: head.field('content-type') }
    if (status === 101 || (method === 'CONNECT' && status >= 200 && status < 300)) {
      this.#stopped = true
      this.#dissected.push(message(head, context))
      return
    }
    if (status >= 200) {
      this.#pending.shift()
      if (this.#phases.request.kind === 'ignored') this.#phases.request = atHead('request')
    }
    this.#emitHead(head, context, method)
    // Without its request, which may be a HEAD, it is unknown whether the response has a body.
    if (!isKnown) this.#phases.response = { kind: 'ignored' }
  }

  /** Finds the request of the response whose head has just ended. */
  #findRequest(): PendingRequest & { isKnown: boolean } {
    const [pending] = this.#pending
    if (pending) return { ...pending, isKnown: true }
    const { request } = this.#phases
    const isKnown = request.kind === 'head' && request.collector.isIncomplete
    if (!isKnown) {
      this.#exchange += 1
    } else if (this.#earlyExchange === undefined) {
      this.#exchange += 1
      this.#earlyExchange = this.#exchange
    }
    return { exchange: this.#exchange, method: undefined, isKnown }
  }

  /** Adds a request that waits for its response; returns the number of its exchange. */
  #addPending(method: string | undefined): number {
    this.#exchange += 1
    this.#pending.push({ exchange: this.#exchange, method })
    if (this.#pending.length > MAX_PENDING) {
      this.#stopped = true
      this.#dissected.push({ kind: 'error', summary: `more than ${MAX_PENDING} requests wait for a response` })
    }
    return this.#exchange
  }

  #emitHead(head: Head, context: BodyContext, method: string | undefined): void {
    this.#dissected.push(message(head, context))
    const reader = createBodyReader(head, method)
    if (reader === undefined) this.#phases[context.direction] = atHead(context.direction)
    else if (reader.failure !== undefined) this.#fail(context.direction, reader.failure)
    else this.#phases[context.direction] = { kind: 'body', reader, excerpt: new Excerpt(), context }
  }

  #emitBody({ reader, excerpt, context }: Phase & { kind: 'body' }): void {
    const { bytes, size } = excerpt
    if (size === 0) return
    const isComplete = reader.done || reader.untilClose
    this.#dissected.push(
      describeHttpBody({ ...context, size, bytes, isComplete, declaredLength: reader.declaredLength }),
    )
  }

  #failHead(direction: Direction, reason: string): void {
    const isFirst = this.#fail(direction, reason)
    // The server also responds to an invalid request (400, 431), unless it already has (408).
    if (direction === 'request' && isFirst && this.#earlyExchange === undefined) this.#addPending(undefined)
    if (direction === 'request') this.#earlyExchange = undefined
  }

  /** Ignores a direction from now on. Returns false if it has already failed since its last head. */
  #fail(direction: Direction, reason: string): boolean {
    this.#phases[direction] = { kind: 'ignored' }
    if (this.#failed.has(direction)) return false
    this.#failed.add(direction)
    this.#dissected.push({ kind: 'error', summary: reason })
    return true
  }
}

function atHead(direction: Direction): Phase {
  return { kind: 'head', collector: new HeadCollector(direction) }
}

function message(head: Head, { direction, exchange }: BodyContext): Dissected {
  return describeHttpHead(direction, exchange, head.text)
}
