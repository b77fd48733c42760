/** Feeds a dissector whole or byte by byte: the result must not depend on how the bytes are split. */
import type { Direction, Dissected, Dissector } from '../../shared/trace/dissector.ts'

/** The bytes that one side sends; a string is encoded as latin1. */
export type Step = readonly [Direction, string | Uint8Array]

function feed(make: () => Dissector, steps: readonly Step[], pieces: (bytes: Uint8Array) => Uint8Array[]): Dissected[] {
  const dissector = make()
  const dissected = steps.flatMap(([direction, data]) => {
    const bytes = typeof data === 'string' ? Buffer.from(data, 'latin1') : data
    return pieces(bytes).flatMap(piece => dissector.push(direction, piece))
  })
  return [...dissected, ...dissector.end('request'), ...dissector.end('response')].map(plainDissected)
}

/** Returns a result as a plain object: `toEqual` does not compare getters of a class. */
export function plainDissected(dissected: Dissected): Dissected {
  if (!('direction' in dissected)) return dissected
  const { kind, direction, exchange, summary, bytes, size } = dissected
  return { kind, direction, exchange, summary, bytes, size }
}

/** Pushes each step in one piece. */
export const dissectWhole = (make: () => Dissector, steps: readonly Step[]) => feed(make, steps, bytes => [bytes])

/** Pushes each step byte by byte. */
export const dissectBytewise = (make: () => Dissector, steps: readonly Step[]) =>
  feed(make, steps, bytes => Array.from(bytes, byte => Uint8Array.of(byte)))

/** Formats the results as short lines: `message request 1 GET / HTTP/1.1`. */
export function describeDissected(dissected: readonly Dissected[]): string[] {
  return dissected.map(result =>
    'direction' in result
      ? `${result.kind} ${result.direction} ${result.exchange} ${result.summary}`
      : `${result.kind} ${result.summary}`,
  )
}
