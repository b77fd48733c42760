/** Creates the events of results of dissectors. The summary and the bytes of a message stay those of the result: lazy. Pure. */

import type { TracedProtocolName } from '../protocols/index.ts'
import type { Direction, DissectedMessage } from './dissector.ts'
import type { Channel, MessageEvent, OpenEvent, Side, TraceEvent, TransferEvent } from './event.ts'

/** What the events of a conversation have in common. */
export interface EventOrigin {
  readonly protocol: TracedProtocolName
  readonly side: Side
  /** Its id. */
  readonly conversation: string
  readonly channel: Channel
  /** The id of the conversation that caused it. */
  readonly cause?: string | undefined
}

type DissectedContent = DissectedMessage<'message'> | DissectedMessage<'transfer'>

/** The part of an event that differs within a conversation. */
type BodyOf<E> = E extends TraceEvent ? Omit<E, 'time' | keyof EventOrigin> : never

type OpenBody = BodyOf<OpenEvent>
type NoticeEvent = Exclude<TraceEvent, MessageEvent | TransferEvent | OpenEvent>

/** An event without bytes. */
export type Notice = OpenBody | BodyOf<NoticeEvent>

/** @param exchange in place of the one of the result */
export function createEvent(
  origin: EventOrigin,
  body: DissectedContent | Notice,
  time: number,
  exchange?: number,
): TraceEvent {
  if ('direction' in body) return new ContentEvent(origin, body, time, exchange)
  return body.kind === 'open' ? openEvent(origin, body, time) : noticeEvent(origin, body, time)
}

function openEvent(
  { protocol, side, conversation, channel, cause }: EventOrigin,
  { kind, transport, client, server, summary }: OpenBody,
  time: number,
): OpenEvent {
  const event = { time, protocol, side, conversation, channel, kind, transport, client, server, summary } as const
  return cause === undefined ? event : { ...event, cause }
}

/** Without spreading objects, which takes ten times as long. */
function noticeEvent(origin: EventOrigin, { kind, summary }: Exclude<Notice, OpenBody>, time: number): NoticeEvent {
  const { protocol, side, conversation, channel, cause } = origin
  if (cause === undefined) return { time, protocol, side, conversation, channel, kind, summary }
  return { time, protocol, side, conversation, channel, cause, kind, summary }
}

/**
 * Returns an event as a plain object. The summary and the bytes of a message are getters of its class, which `{ ...event }` does
 * not copy.
 */
export function plainEvent(event: TraceEvent): TraceEvent {
  return event instanceof ContentEvent ? event.toJSON() : event
}

/** A message or a transfer. A getter for each object would cost more than the rest of the event, so they belong to the class. */
class ContentEvent {
  readonly time: number
  readonly protocol: TracedProtocolName
  readonly side: Side
  readonly conversation: string
  readonly channel: Channel
  declare readonly cause?: string
  readonly kind: 'message' | 'transfer'
  readonly direction: Direction
  readonly exchange: number
  readonly size: number
  readonly #dissected: DissectedContent

  constructor(origin: EventOrigin, dissected: DissectedContent, time: number, exchange = dissected.exchange) {
    this.time = time
    this.protocol = origin.protocol
    this.side = origin.side
    this.conversation = origin.conversation
    this.channel = origin.channel
    if (origin.cause !== undefined) this.cause = origin.cause
    this.kind = dissected.kind
    this.direction = dissected.direction
    this.exchange = exchange
    this.size = dissected.size
    this.#dissected = dissected
  }

  get summary(): string {
    return this.#dissected.summary
  }

  get bytes(): Uint8Array {
    return this.#dissected.bytes
  }

  /** The plain form, for `JSON.stringify` and `console.log` too. */
  toJSON(): MessageEvent | TransferEvent {
    const { time, protocol, side, conversation, channel, cause, kind, direction, exchange, summary, bytes, size } = this
    const shared = { time, protocol, side, conversation, channel, ...(cause !== undefined && { cause }) }
    return { ...shared, kind, direction, exchange, summary, bytes, size }
  }

  /** `util.inspect.custom`. */
  [Symbol.for('nodejs.util.inspect.custom')](): MessageEvent | TransferEvent {
    return this.toJSON()
  }
}
