/** hello has no framing: what one side sends until the other side sends, or until it ends, is its message. */

import type { Direction } from '../dissector.ts'
import { type Dissected, type Dissector, Excerpt, singleLine } from '../dissector.ts'

/** Emits one message for each side. */
export function helloDissector(): Dissector {
  const excerpts: Record<Direction, Excerpt> = { request: new Excerpt(), response: new Excerpt() }
  const emitted = new Set<Direction>()

  const emit = (direction: Direction): readonly Dissected[] => {
    const { bytes, size } = excerpts[direction]
    if (size === 0 || emitted.has(direction)) return []
    emitted.add(direction)
    return [{ kind: 'message', direction, exchange: 1, summary: singleLine(bytes), bytes, size }]
  }

  return {
    push(direction, bytes) {
      excerpts[direction].add(bytes)
      // The server answers the first bytes it receives, so the start of the response is the end of the request.
      return direction === 'response' ? emit('request') : []
    },
    end: emit,
  }
}
