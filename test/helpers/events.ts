/** Creates events of a trace for tests. */
import type { Side, TraceEvent } from '../../shared/trace/event.ts'

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
