/** The dissector of hello, which has no framing: a message ends when the other side sends, or when its sender ends. */
import { type Direction, type Dissected, type Dissector, Excerpt, singleLine } from '../dissector.ts'

/** Returns at most one message per direction. */
export function helloDissector(): Dissector {
  const excerpts: Record<Direction, Excerpt> = { request: new Excerpt(), response: new Excerpt() }
  const emitted = new Set<Direction>()

  const takeMessage = (direction: Direction): readonly Dissected[] => {
    const { bytes, size } = excerpts[direction]
    if (size === 0 || emitted.has(direction)) return []
    emitted.add(direction)
    return [{ kind: 'message', direction, exchange: 1, summary: singleLine(bytes), bytes, size }]
  }

  return {
    push(direction, bytes) {
      excerpts[direction].add(bytes)
      // The server responds to the first bytes that it receives, so the start of the response is the end of the request.
      return direction === 'response' ? takeMessage('request') : []
    },
    end: takeMessage,
  }
}
