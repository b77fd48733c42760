/** hello has no framing: what one side says until the other speaks, or it ends, is its message. */

import type { Direction } from '../dissector.ts'
import { type Dissected, type Dissector, Excerpt, singleLine } from '../dissector.ts'

/** Tells each side's words once. */
export function helloDissector(): Dissector {
  const said: Record<Direction, Excerpt> = { request: new Excerpt(), response: new Excerpt() }
  const told = new Set<Direction>()

  const tell = (direction: Direction): readonly Dissected[] => {
    const { bytes, size } = said[direction]
    if (size === 0 || told.has(direction)) return []
    told.add(direction)
    return [{ kind: 'message', direction, exchange: 1, summary: singleLine(bytes), bytes, size }]
  }

  return {
    push(direction, bytes) {
      said[direction].add(bytes)
      // The server answers the first thing it hears, so its first word says that the request is over.
      return direction === 'response' ? tell('request') : []
    },
    end: tell,
  }
}
