/** Writes a reply to the control connection, and passes it to the trace. */
import type { Socket } from 'node:net'
import type { Conversation } from '../../../shared/trace/conversation.ts'
import { traceTime } from '../../../shared/trace/event.ts'

/** @param onSent called when the system has taken the reply */
export function writeReply(socket: Socket, conversation: Conversation, reply: string, onSent?: () => void): void {
  if (!conversation.isTraced) return void socket.write(reply, onSent)
  const bytes = Buffer.from(reply)
  const time = traceTime()
  // First, so that the client does not wait for the listeners of the trace.
  socket.write(bytes, onSent)
  conversation.feed('response', bytes, time)
}
