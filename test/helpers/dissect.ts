/** Ways to feed a dissector: whole, byte by byte, and with rubbish; the result must not depend on the pieces. */
import type { Direction, Dissected, Dissector } from '../../shared/trace/dissector.ts'

/** One turn of a conversation: who speaks, and the bytes (latin1 where text). */
export type Step = readonly [Direction, string | Uint8Array]

function feed(make: () => Dissector, turns: readonly Step[], pieces: (bytes: Uint8Array) => Uint8Array[]): Dissected[] {
  const dissector = make()
  const describeDissected = turns.flatMap(([direction, said]) => {
    const bytes = typeof said === 'string' ? Buffer.from(said, 'latin1') : said
    return pieces(bytes).flatMap(piece => dissector.push(direction, piece))
  })
  return [...describeDissected, ...dissector.end('request'), ...dissector.end('response')]
}

/** Each turn in one piece. */
export const dissectWhole = (make: () => Dissector, turns: readonly Step[]) => feed(make, turns, bytes => [bytes])

/** Each turn byte by byte. */
export const dissectBytewise = (make: () => Dissector, turns: readonly Step[]) =>
  feed(make, turns, bytes => Array.from(bytes, byte => Uint8Array.of(byte)))

/** What was told as short lines: `message request 1 GET / HTTP/1.1`. */
export function told(found: readonly Dissected[]): string[] {
  return found.map(one =>
    'direction' in one ? `${one.kind} ${one.direction} ${one.exchange} ${one.summary}` : `${one.kind} ${one.summary}`,
  )
}
