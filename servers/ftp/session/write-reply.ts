/** Writes a reply to the control connection, and emits it to the trace. */
import type { Socket } from 'node:net'
import { traceTime } from '../../../shared/trace/event.ts'
import type { ControlTrace, ReceivedLine } from './control-trace.ts'
import { formatReply } from './replies.ts'

export interface SentReply {
  readonly code: number
  readonly lines: readonly string[]
  /** The command that it answers; undefined for the greeting, and for a reply without a command. */
  readonly answered?: ReceivedLine | undefined
}

/** @param onSent called when the system has taken the reply */
export function writeReply(
  socket: Socket,
  trace: ControlTrace,
  { code, lines, answered }: SentReply,
  onSent?: () => void,
): void {
  const text = formatReply(code, lines)
  const time = trace.isActive ? traceTime() : 0
  socket.write(text, onSent)
  // Afterwards, so that the client does not wait for the listeners of the trace.
  trace.reply(code, text, answered, time)
}
