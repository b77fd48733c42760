/** Collects what the trace emits of each exchange, for the requests that are recorded. */

import type { MessageEvent, TraceEvent, TransferEvent } from '../../../shared/trace/event.ts'
import type { Trace } from '../../../shared/trace/trace.ts'
import { MAX_CONVERSATIONS, MAX_EXCHANGES, MAX_TRANSCRIPT_LENGTH } from './limits.ts'

/** One request and its response. */
export class Exchange {
  readonly conversationId: string
  /** The request line; with HTTP/2, the summary of the request. */
  readonly summary: string
  /** True if it belongs to a recorded request. */
  isClaimed = false
  #text = ''

  constructor(conversationId: string, summary: string) {
    this.conversationId = conversationId
    this.summary = summary
  }

  /** A line for each line on the wire; a body is one line with its size. */
  get text(): string {
    return this.#text
  }

  add({ kind, direction, bytes, summary }: MessageEvent | TransferEvent): void {
    const content = kind === 'transfer' ? `(${summary})` : Buffer.from(bytes).toString('latin1').trimEnd()
    const prefix = direction === 'request' ? 'C: ' : 'S: '
    for (const line of content.split('\r\n')) {
      if (this.#text.length + line.length < MAX_TRANSCRIPT_LENGTH) this.#text += `${prefix}${line}\n`
    }
  }
}

export class Transcripts {
  readonly #trace: Trace
  /** The exchanges of each open connection by number, oldest first. */
  readonly #conversations = new Map<string, Map<number, Exchange>>()
  #stop: (() => void) | undefined

  constructor(trace: Trace) {
    this.#trace = trace
  }

  /** Listens to the trace while there are stubs. */
  setActive(isActive: boolean): void {
    if (isActive) {
      this.#stop ??= this.#trace.on(event => this.#onEvent(event))
    } else {
      this.#stop?.()
      this.#stop = undefined
      this.#conversations.clear()
    }
  }

  /**
   * Returns the exchange of the request that the running code handles; it has no lines if its head arrived before the first
   * stub. Requests are handled in the order in which they arrive.
   */
  claim(method: string, target: string): Exchange {
    const id = this.#trace.cause?.id ?? ''
    for (const exchange of this.#conversations.get(id)?.values() ?? []) {
      if (exchange.isClaimed || !exchange.summary.startsWith(`${method} ${target} HTTP/`)) continue
      exchange.isClaimed = true
      return exchange
    }
    return new Exchange(id, '')
  }

  #onEvent(event: TraceEvent): void {
    if (event.protocol !== 'http' || event.side !== 'server') return
    if (event.kind === 'close') this.#conversations.delete(event.conversation)
    else if (event.kind === 'message' || event.kind === 'transfer') this.#add(event)
  }

  #add(event: MessageEvent | TransferEvent): void {
    const { conversation, exchange: number } = event
    const exchanges = this.#conversations.get(conversation) ?? new Map<number, Exchange>()
    let exchange = exchanges.get(number)
    if (!exchange) {
      // A response whose request arrived before the first stub.
      if (event.direction === 'response') return
      exchange = new Exchange(conversation, event.summary)
      exchanges.set(number, exchange)
      dropOldest(exchanges, MAX_EXCHANGES)
    }
    exchange.add(event)
    this.#conversations.set(conversation, exchanges)
    dropOldest(this.#conversations, MAX_CONVERSATIONS)
  }
}

/** A map has the order in which its keys were added. */
function dropOldest<Key>(map: Map<Key, unknown>, maxSize: number): void {
  if (map.size <= maxSize) return
  const [oldest] = map.keys()
  if (oldest !== undefined) map.delete(oldest)
}
