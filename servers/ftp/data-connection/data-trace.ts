/**
 * The data connections of a session in the trace, as a part of its conversation. The server emits what it does itself, and nothing
 * is attached to their sockets: for a small file, that would cost as much as all other events.
 */
import { errorText } from '../../../shared/errors.ts'
import { type Address, formatAddress } from '../../../shared/net/address.ts'
import type { Conversation } from '../../../shared/trace/conversation.ts'
import type { EventOrigin } from '../../../shared/trace/create-event.ts'
import { type Content, describeContent } from '../../../shared/trace/dissectors/ftp/data.ts'
import type { Trace } from '../../../shared/trace/trace.ts'

export class DataTrace {
  readonly #trace: Trace
  readonly #control: Conversation
  readonly #exchange: () => number
  #origin: EventOrigin | undefined

  /** @param exchange returns that of the command of the transfer */
  constructor(trace: Trace, control: Conversation, exchange: () => number) {
    this.#trace = trace
    this.#control = control
    this.#exchange = exchange
  }

  /** True while the trace has a listener. Check it before work that only the trace needs. */
  get isActive(): boolean {
    return this.#trace.active
  }

  emitOpen(client: Address, server: Address): void {
    if (!this.isActive) return
    const summary = `connected to ${formatAddress(server)}`
    this.#trace.emitFor(this.#eventOrigin, { kind: 'open', transport: 'tcp', client, server, summary })
  }

  /** Emits the content of the transfer that is under way. */
  emitContent(content: Content): void {
    if (!this.isActive || content.size === 0) return
    this.#trace.emitFor(this.#eventOrigin, describeContent(content, this.#exchange()))
  }

  emitError(error: unknown): void {
    if (this.isActive) this.#trace.emitFor(this.#eventOrigin, { kind: 'error', summary: errorText(error) })
  }

  emitClose(): void {
    if (this.isActive) this.#trace.emitFor(this.#eventOrigin, CLOSED)
  }

  /** Calls the function when the trace gets its first listener; returns the function that ends this. */
  onActivation(onActivation: () => void): () => void {
    return this.#trace.onActivation(onActivation)
  }

  get #eventOrigin(): EventOrigin {
    this.#origin ??= { protocol: 'ftp', side: 'server', conversation: this.#control.id, channel: 'data' }
    return this.#origin
  }
}

const CLOSED = { kind: 'close', summary: 'connection closed' } as const
