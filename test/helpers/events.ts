/** Creates events of a trace for tests. */
import type { Side, TraceEvent } from '../../shared/trace/event.ts'

/** Creates the two events of a statement that a server sends to the database. */
export function statement(
  conversation: string,
  cause: string,
  exchange: number,
  [sentAt, receivedAt]: readonly [number, number],
  [request, response]: readonly [string, string],
): TraceEvent[] {
  return [
    { ...message(conversation, 'client', 'request', exchange, sentAt, request), cause },
    { ...message(conversation, 'client', 'response', exchange, receivedAt, response), cause },
  ]
}

/** Creates a message event; its protocol is that of the conversation's id. */
export function message(
  conversation: string,
  side: Side,
  direction: 'request' | 'response',
  exchange: number,
  time: number,
  summary: string,
): TraceEvent {
  const protocol = conversation.slice(0, conversation.indexOf(':')) as TraceEvent['protocol']
  const bytes = new Uint8Array()
  return {
    kind: 'message',
    protocol,
    side,
    conversation,
    channel: 'control',
    direction,
    exchange,
    time,
    summary,
    bytes,
    size: 0,
  }
}
