/**
 * HTTP/1.x on the wire (RFC 9112): a message event at the end of each head, a transfer event at the end of each body.
 *
 * - Responses come in the order of their requests (section 9.3.2), so the n-th final response belongs to exchange n;
 *   1xx responses are not final. What a response's body looks like depends on the request's method.
 * - After 101, 2xx to CONNECT, or the preface of HTTP/2 (RFC 9113, section 3.4), the connection is not HTTP/1.x any
 *   more: nothing further is told.
 * - Bytes that are no head where one is due (tracing began in the middle of a body, or the other end does not speak
 *   HTTP) are told once as an error. That direction is then passed over until the other one begins a message, which is
 *   where in a conversation of turns the next head is due.
 */
import { type Direction, type Dissected, type Dissector, Excerpt, MAX_EVENT_BYTES, singleLine } from '../dissector.ts'
import { type BodyReader, bodyOf } from './http/body.ts'
import { type Head, HeadCollector, HTTP2_PREFACE } from './http/head.ts'

/** How many requests may wait for their responses; one that pipelines more is not followed any further. */
const MAX_PENDING = 1000

/** A request that waits for its response. `method` is undefined where its head could not be read. */
interface Pending {
  readonly exchange: number
  readonly method: string | undefined
}

/** What a direction is in the middle of. */
type Phase =
  | { readonly at: 'head'; readonly collector: HeadCollector }
  | { readonly at: 'body'; readonly reader: BodyReader; readonly excerpt: Excerpt; readonly about: About }
  | { readonly at: 'lost' }

/** Which message a body belongs to. */
interface About {
  readonly direction: Direction
  readonly exchange: number
  readonly type: string | undefined
}

/** Tells the messages of one HTTP/1.x connection. */
export function httpDissector(): Dissector {
  return new HttpDissector()
}

class HttpDissector implements Dissector {
  readonly #phases: Record<Direction, Phase> = { request: atHead('request'), response: atHead('response') }
  /** Directions in which an error was told since the last head. */
  readonly #astray = new Set<Direction>()
  #pending: Pending[] = []
  #exchange = 0
  /** The exchange of a request that was answered before its head had ended (408, 431). */
  #answered: number | undefined
  #stopped = false
  #found: Dissected[] = []

  push(direction: Direction, bytes: Uint8Array): readonly Dissected[] {
    let rest = bytes
    while (rest.length > 0 && !this.#stopped) rest = rest.subarray(this.#take(direction, rest))
    return this.#told()
  }

  end(direction: Direction): readonly Dissected[] {
    const phase = this.#phases[direction]
    this.#phases[direction] = { at: 'lost' }
    if (this.#stopped) return this.#told()
    if (phase.at === 'body') this.#tellBody(phase)
    else if (phase.at === 'head' && phase.collector.begun) {
      this.#found.push({ kind: 'error', summary: `the connection ended within a ${direction} head` })
    }
    return this.#told()
  }

  #told(): readonly Dissected[] {
    const found = this.#found
    this.#found = []
    return found
  }

  /** Takes some of the bytes; returns how many. */
  #take(direction: Direction, bytes: Uint8Array): number {
    const phase = this.#phases[direction]
    if (phase.at === 'lost') return bytes.length
    return phase.at === 'head'
      ? this.#takeHead(direction, phase.collector, bytes)
      : this.#takeBody(direction, phase, bytes)
  }

  #takeHead(direction: Direction, collector: HeadCollector, bytes: Uint8Array): number {
    const used = collector.take(bytes)
    if (collector.failure !== undefined) this.#loseHead(direction, collector.failure)
    else if (!collector.head) return used
    else if (direction === 'request') this.#request(collector.head)
    else this.#response(collector.head)
    return used
  }

  #takeBody(direction: Direction, phase: Phase & { at: 'body' }, bytes: Uint8Array): number {
    const used = phase.reader.take(bytes, content => phase.excerpt.add(content))
    if (phase.reader.failure !== undefined) {
      this.#tellBody(phase)
      this.#lose(direction, phase.reader.failure)
    } else if (phase.reader.done) {
      this.#tellBody(phase)
      this.#phases[direction] = atHead(direction)
    }
    return used
  }

  #request(head: Head): void {
    this.#astray.delete('request')
    if (head.startLine === HTTP2_PREFACE) {
      this.#stopped = true
      this.#found.push({ kind: 'state', summary: 'HTTP/2 from here on' })
      return
    }
    if (this.#phases.response.at === 'lost') {
      // Whatever was asked before, its answer has been passed over.
      this.#pending = []
      this.#phases.response = atHead('response')
    }
    const exchange = this.#answered ?? this.#expect(head.method)
    this.#answered = undefined
    this.#tellHead(head, { direction: 'request', exchange, type: head.field('content-type') }, head.method)
  }

  #response(head: Head): void {
    this.#astray.delete('response')
    const { exchange, method, known } = this.#requestOf()
    const status = head.status ?? 0
    const about: About = { direction: 'response', exchange, type: head.field('content-type') }
    if (status === 101 || (method === 'CONNECT' && status >= 200 && status < 300)) {
      this.#stopped = true
      this.#found.push(message(head, about))
      return
    }
    if (status >= 200) {
      this.#pending.shift()
      if (this.#phases.request.at === 'lost') this.#phases.request = atHead('request')
    }
    this.#tellHead(head, about, method)
    // Nobody knows whether it answers a HEAD, so nobody knows whether a body follows.
    if (!known) this.#phases.response = { at: 'lost' }
  }

  /** The request that a response head which has just ended answers. */
  #requestOf(): Pending & { known: boolean } {
    const [waiting] = this.#pending
    if (waiting) return { ...waiting, known: true }
    const { request } = this.#phases
    const known = request.at === 'head' && request.collector.begun
    if (!known) {
      this.#exchange += 1
    } else if (this.#answered === undefined) {
      this.#exchange += 1
      this.#answered = this.#exchange
    }
    return { exchange: this.#exchange, method: undefined, known }
  }

  /** Numbers a request and waits for its response. */
  #expect(method: string | undefined): number {
    this.#exchange += 1
    this.#pending.push({ exchange: this.#exchange, method })
    if (this.#pending.length > MAX_PENDING) {
      this.#stopped = true
      this.#found.push({ kind: 'error', summary: `more than ${MAX_PENDING} requests wait for an answer` })
    }
    return this.#exchange
  }

  #tellHead(head: Head, about: About, method: string | undefined): void {
    this.#found.push(message(head, about))
    const reader = bodyOf(head, method)
    if (reader === undefined) this.#phases[about.direction] = atHead(about.direction)
    else if (reader.failure !== undefined) this.#lose(about.direction, reader.failure)
    else this.#phases[about.direction] = { at: 'body', reader, excerpt: new Excerpt(), about }
  }

  #tellBody({ reader, excerpt, about }: Phase & { at: 'body' }): void {
    const { bytes, size } = excerpt
    const { direction, exchange, type } = about
    if (size === 0) return
    const complete = reader.done || reader.untilClose
    const counted = complete || reader.announced === undefined ? `${size}` : `${size} of ${reader.announced}`
    const summary = singleLine(`${counted} bytes${type ? ` of ${type}` : ''}${complete ? '' : ', broken off'}`)
    this.#found.push({ kind: 'transfer', direction, exchange, summary, bytes, size })
  }

  #loseHead(direction: Direction, why: string): void {
    const isNew = this.#lose(direction, why)
    // It is a request all the same: the server answers it (400, 431), unless it has done so already (408).
    if (direction === 'request' && isNew && this.#answered === undefined) this.#expect(undefined)
    if (direction === 'request') this.#answered = undefined
  }

  /** Passes over a direction; tells why, unless that was told already. */
  #lose(direction: Direction, why: string): boolean {
    this.#phases[direction] = { at: 'lost' }
    if (this.#astray.has(direction)) return false
    this.#astray.add(direction)
    this.#found.push({ kind: 'error', summary: why })
    return true
  }
}

function atHead(direction: Direction): Phase {
  return { at: 'head', collector: new HeadCollector(direction) }
}

function message(head: Head, { direction, exchange, type }: About): Dissected {
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
