/** Cuts the body of a response out of a file in memory. Pure. */
import type { BodySegment } from './range.ts'

export function bodyFrom(content: Buffer, segments: readonly BodySegment[]): Buffer {
  const [first, ...more] = segments.map(segment =>
    typeof segment === 'string' ? Buffer.from(segment) : content.subarray(segment.first, segment.last + 1),
  )
  if (first === undefined) return Buffer.alloc(0)
  return more.length === 0 ? first : Buffer.concat([first, ...more])
}
