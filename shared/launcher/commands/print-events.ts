/** Prints the events of a trace for people, or as JSON lines. */
import type { TraceEvent } from '../../trace/event.ts'
import { BatchedLines } from '../../trace/sinks/batched-lines.ts'
import { encodeEvent } from '../../trace/sinks/json.ts'
import { formatEvent } from '../../trace/sinks/terminal.ts'
import type { Trace } from '../../trace/trace.ts'
import { terminalWidth } from '../io.ts'

export interface PrintOptions {
  readonly json: boolean
  readonly color: boolean
}

/** Bytes of output that may be buffered for a slow reader. */
const MAX_UNREAD_BYTES = 16 * 1024 * 1024

/**
 * Prints events until the returned function is called. Drops them if the reader is too slow, and prints the number of dropped
 * events later.
 */
export function printEvents(trace: Trace, { json, color }: PrintOptions, stdout: NodeJS.WriteStream): () => void {
  const lines = new BatchedLines(stdout)
  let dropped = 0
  const stop = trace.on(event => {
    if (!json && isDuplicate(event)) return
    if (stdout.writableLength > MAX_UNREAD_BYTES) {
      dropped += 1
      return
    }
    if (dropped > 0)
      lines.add(json ? JSON.stringify({ kind: 'missed', events: dropped }) : `(${dropped} events were not shown)`)
    dropped = 0
    const width = terminalWidth(stdout)
    lines.add(json ? encodeEvent(event) : formatEvent(event, { color, width }))
  })
  return () => {
    stop()
    lines.flush()
  }
}

/** True for what a server of the suite sends to another as its client: for people, one of the two ends is enough. */
function isDuplicate({ side, protocol }: TraceEvent): boolean {
  return side === 'client' && protocol !== 'sql'
}
