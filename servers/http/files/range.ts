/** Byte ranges (RFC 9110, section 14). Pure. */

/** The positions of the first and the last byte, both inclusive, from 0. */
export interface ByteRange {
  readonly first: number
  readonly last: number
}

export type RangeSelection =
  /** The server ignores the field, because it is malformed or lists too many ranges (section 14.2 allows that). */
  | { readonly kind: 'whole' }
  | { readonly kind: 'unsatisfiable' }
  | { readonly kind: 'ranges'; readonly ranges: readonly ByteRange[] }

/** A client that resumes a download requests far fewer. */
const MAX_RANGES = 50

const WHOLE: RangeSelection = { kind: 'whole' }

/** Parses a Range field for a file of `size` bytes. */
export function selectRanges(field: string, size: number): RangeSelection {
  const specs = /^bytes=(.*)$/i
    .exec(field)?.[1]
    ?.split(',')
    .map(spec => spec.replace(/^[ \t]+|[ \t]+$/g, ''))
    .filter(spec => spec !== '')
  if (!specs || specs.length === 0 || specs.length > MAX_RANGES) return WHOLE
  const ranges: ByteRange[] = []
  for (const spec of specs) {
    const range = parseRange(spec, size)
    if (range === 'invalid') return WHOLE
    if (range !== 'unsatisfiable') ranges.push(range)
  }
  if (ranges.length === 0) return { kind: 'unsatisfiable' }
  // A suffix of an empty file is satisfiable (section 14.1.2), and Content-Range cannot describe it.
  if (size === 0) return WHOLE
  // Overlapping ranges would make the response larger than the file.
  const total = ranges.reduce((sum, range) => sum + rangeLength(range), 0)
  return ranges.length > 1 && total > size ? WHOLE : { kind: 'ranges', ranges }
}

function parseRange(spec: string, size: number): ByteRange | 'invalid' | 'unsatisfiable' {
  const { first = '', last = '' } = /^(?<first>\d*)-(?<last>\d*)$/.exec(spec)?.groups ?? {}
  if (first === '' && last === '') return 'invalid'
  if (first === '') return Number(last) > 0 ? suffixRange(Number(last), size) : 'unsatisfiable'
  if (last !== '' && Number(last) < Number(first)) return 'invalid'
  if (Number(first) >= size) return 'unsatisfiable'
  return { first: Number(first), last: last === '' ? size - 1 : Math.min(Number(last), size - 1) }
}

/** `-N`: the last N bytes (suffix-range, section 14.1.2). */
function suffixRange(length: number, size: number): ByteRange {
  return { first: Math.max(0, size - length), last: size - 1 }
}

export function rangeLength({ first, last }: ByteRange): number {
  return last - first + 1
}

export function formatContentRange({ first, last }: ByteRange, size: number): string {
  return `bytes ${first}-${last}/${size}`
}

/** A segment of a body: text, or a range of the file. */
export type BodySegment = string | ByteRange

/** Returns the segments of a multipart/byteranges body (section 14.6). */
export function multipartSegments(
  ranges: readonly ByteRange[],
  { size, type, boundary }: { size: number; type: string; boundary: string },
): readonly BodySegment[] {
  const segments = ranges.flatMap((range, index) => [
    `${index === 0 ? '' : '\r\n'}--${boundary}\r\nContent-Type: ${type}\r\nContent-Range: ${formatContentRange(range, size)}\r\n\r\n`,
    range,
  ])
  return [...segments, `\r\n--${boundary}--\r\n`]
}
