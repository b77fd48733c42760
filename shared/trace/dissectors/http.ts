/**
 * HTTP/1.x on the wire (RFC 9112): a message event at the end of each head, a transfer event at the end of each body.
 *
 * - Responses come in the order of their requests (section 9.3.2), so the n-th final response belongs to exchange n;
 *   1xx responses are not final. What a response's body looks like depends on the request's method.
 * - After 101, 2xx to CONNECT, or the preface of HTTP/2 (RFC 9113, section 3.4), the connection is no longer HTTP/1.x:
 *   there are no further events.
 * - Bytes that are not a head when one is expected (tracing began in the middle of a body, or the other end does not speak
 *   HTTP) are one error. That direction is then ignored until the other one begins a message, since the next head follows
 *   that message.
 */
import { type Direction, type Dissected, type Dissector, Excerpt, MAX_EVENT_BYTES, singleLine } from '../dissector.ts'
import { type BodyReader, createBodyReader } from './http/body.ts'
import { type Head, HeadCollector, HTTP2_PREFACE } from './http/head.ts'

/** Requests that may wait for their responses; dissection of a connection that pipelines more stops. */
const MAX_PENDING = 1000

/** A request that waits for its response. `method` is undefined if its head is invalid. */
interface Pending {
  readonly exchange: number
  readonly method: string | undefined
}

/** The state of one direction. */
type Phase =
  | { readonly at: 'head'; readonly collector: HeadCollector }
  | { readonly at: 'body'; readonly reader: BodyReader; readonly excerpt: Excerpt; readonly context: BodyContext }
  | { readonly at: 'ignored' }

/** The message that a body belongs to. */
interface BodyContext {
  readonly direction: Direction
  readonly exchange: number
  readonly type: string | undefined
}

/** Dissects one HTTP/1.x connection. */
export function httpDissector(): Dissector {
  return new HttpDissector()
}

class HttpDissector implements Dissector {
  readonly #phases: Record<Direction, Phase> = { request: atHead('request'), response: atHead('response') }
  /** Directions with an error since the last head. */
  readonly #reported = new Set<Direction>()
  #pending: Pending[] = []
  #exchange = 0
  /** The exchange of a request that got its response before the end of its head (408, 431). */
  #answeredEarly: number | undefined
  #stopped = false
  #dissected: Dissected[] = []

  push(direction: Direction, bytes: Uint8Array): readonly Dissected[] {
    let rest = bytes
    while (rest.length > 0 && !this.#stopped) rest = rest.subarray(this.#take(direction, rest))
    return this.#flush()
  }

  end(direction: Direction): readonly Dissected[] {
    const phase = this.#phases[direction]
    this.#phases[direction] = { at: 'ignored' }
    if (this.#stopped) return this.#flush()
    if (phase.at === 'body') this.#emitBody(phase)
    else if (phase.at === 'head' && phase.collector.isIncomplete) {
      this.#dissected.push({ kind: 'error', summary: `the connection ended within a ${direction} head` })
    }
    return this.#flush()
  }

  #flush(): readonly Dissected[] {
    const found = this.#dissected
    this.#dissected = []
    return found
  }

  /** Takes some of the bytes; returns their number. */
  #take(direction: Direction, bytes: Uint8Array): number {
    const phase = this.#phases[direction]
    if (phase.at === 'ignored') return bytes.length
    return phase.at === 'head'
      ? this.#takeHead(direction, phase.collector, bytes)
      : this.#takeBody(direction, phase, bytes)
  }

  #takeHead(direction: Direction, collector: HeadCollector, bytes: Uint8Array): number {
    const used = collector.take(bytes)
    if (collector.failure !== undefined) this.#failHead(direction, collector.failure)
    else if (!collector.head) return used
    else if (direction === 'request') this.#handleRequest(collector.head)
    else this.#handleResponse(collector.head)
    return used
  }

  #takeBody(direction: Direction, phase: Phase & { at: 'body' }, bytes: Uint8Array): number {
    const used = phase.reader.take(bytes, content => phase.excerpt.add(content))
    if (phase.reader.failure !== undefined) {
      this.#emitBody(phase)
      this.#fail(direction, phase.reader.failure)
    } else if (phase.reader.done) {
      this.#emitBody(phase)
      this.#phases[direction] = atHead(direction)
    }
    return used
  }

  #handleRequest(head: Head): void {
    this.#reported.delete('request')
    if (head.startLine === HTTP2_PREFACE) {
      this.#stopped = true
      this.#dissected.push({ kind: 'state', summary: 'HTTP/2 from here on' })
      return
    }
    if (this.#phases.response.at === 'ignored') {
      // The responses to earlier requests were ignored.
      this.#pending = []
      this.#phases.response = atHead('response')
    }
    const exchange = this.#answeredEarly ?? this.#addPending(head.method)
    this.#answeredEarly = undefined
    this.#emitHead(head, { direction: 'request', exchange, type: head.field('content-type') }, head.method)
  }

  #handleResponse(head: Head): void {
    this.#reported.delete('response')
    const { exchange, method, known } = this.#findRequest()
    const status = head.status ?? 0
    const context: BodyContext = { direction: 'response', exchange, type: head.field('content-type') }
    if (status === 101 || (method === 'CONNECT' && status >= 200 && status < 300)) {
      this.#stopped = true
      this.#dissected.push(message(head, context))
      return
    }
    if (status >= 200) {
      this.#pending.shift()
      if (this.#phases.request.at === 'ignored') this.#phases.request = atHead('request')
    }
    this.#emitHead(head, context, method)
    // It may be the response to a HEAD, so it is unknown whether a body follows.
    if (!known) this.#phases.response = { at: 'ignored' }
  }

  /** Finds the request of the response whose head has just ended. */
  #findRequest(): Pending & { known: boolean } {
    const [waiting] = this.#pending
    if (waiting) return { ...waiting, known: true }
    const { request } = this.#phases
    const known = request.at === 'head' && request.collector.isIncomplete
    if (!known) {
      this.#exchange += 1
    } else if (this.#answeredEarly === undefined) {
      this.#exchange += 1
      this.#answeredEarly = this.#exchange
    }
    return { exchange: this.#exchange, method: undefined, known }
  }

  /** Numbers a request and waits for its response. */
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
    else this.#phases[context.direction] = { at: 'body', reader, excerpt: new Excerpt(), context }
  }

  #emitBody({ reader, excerpt, context }: Phase & { at: 'body' }): void {
    const { bytes, size } = excerpt
    const { direction, exchange, type } = context
    if (size === 0) return
    const complete = reader.done || reader.untilClose
    const counted = complete || reader.declaredLength === undefined ? `${size}` : `${size} of ${reader.declaredLength}`
    const summary = singleLine(`${counted} bytes${type ? ` of ${type}` : ''}${complete ? '' : ', incomplete'}`)
    this.#dissected.push({ kind: 'transfer', direction, exchange, summary, bytes, size })
  }

  #failHead(direction: Direction, why: string): void {
    const isNew = this.#fail(direction, why)
    // The server responds to an invalid request too (400, 431), unless it already has (408).
    if (direction === 'request' && isNew && this.#answeredEarly === undefined) this.#addPending(undefined)
    if (direction === 'request') this.#answeredEarly = undefined
  }

  /** Ignores a direction from now on. Returns false if its error was already reported. */
  #fail(direction: Direction, why: string): boolean {
    this.#phases[direction] = { at: 'ignored' }
    if (this.#reported.has(direction)) return false
    this.#reported.add(direction)
    this.#dissected.push({ kind: 'error', summary: why })
    return true
  }
}

function atHead(direction: Direction): Phase {
  return { at: 'head', collector: new HeadCollector(direction) }
}

function message(head: Head, { direction, exchange, type }: BodyContext): Dissected {
  const length = head.field('content-length')
  const chunked = head.field('transfer-encoding')
  const size = chunked ?? (length === undefined ? undefined : `${length} bytes`)
  const content = direction === 'request' ? [] : [type, size].filter(part => part !== undefined)
  const summary = singleLine(content.length === 0 ? head.startLine : `${head.startLine} (${content.join(', ')})`)
  return {
    kind: 'message',
    direction,
    exchange,
    summary,
    bytes: head.bytes.subarray(0, MAX_EVENT_BYTES),
    size: head.size,
  }
}
