/** Byte ranges (RFC 9110, section 14). Pure. */

/** Positions of the first and last byte, both inclusive, counted from 0. */
export interface ByteRange {
  readonly first: number
  readonly last: number
}

export type Selection =
  /** The field is malformed or lists too many ranges, so the server ignores it (section 14.2 allows that). */
  | { readonly kind: 'whole' }
  | { readonly kind: 'unsatisfiable' }
  | { readonly kind: 'ranges'; readonly ranges: readonly ByteRange[] }

/** A client that resumes a download asks for far fewer. */
const MAX_RANGES = 50

const WHOLE: Selection = { kind: 'whole' }

/** Selects the ranges of a Range field from a file of `size` bytes. */
export function selectRanges(field: string, size: number): Selection {
  const specs = /^bytes=(.*)$/i
    .exec(field)?.[1]
    ?.split(',')
    .map(spec => spec.trim())
    .filter(spec => spec !== '')
  if (!specs || specs.length === 0 || specs.length > MAX_RANGES) return WHOLE
  const ranges: ByteRange[] = []
  for (const spec of specs) {
    const range = parseRange(spec, size)
    if (range === 'invalid') return WHOLE
    if (range !== 'unsatisfiable') ranges.push(range)
  }
  if (ranges.length === 0) return { kind: 'unsatisfiable' }
  // Overlapping ranges would make the response larger than the file.
  const total = ranges.reduce((sum, range) => sum + lengthOf(range), 0)
  return ranges.length > 1 && total > size ? WHOLE : { kind: 'ranges', ranges }
}

function parseRange(spec: string, size: number): ByteRange | 'invalid' | 'unsatisfiable' {
  const { from = '', to = '' } = /^(?<from>\d*)-(?<to>\d*)$/.exec(spec)?.groups ?? {}
  if (from === '' && to === '') return 'invalid'
  if (from === '') return Number(to) > 0 && size > 0 ? suffix(Number(to), size) : 'unsatisfiable'
  if (to !== '' && Number(to) < Number(from)) return 'invalid'
  if (Number(from) >= size) return 'unsatisfiable'
  return { first: Number(from), last: to === '' ? size - 1 : Math.min(Number(to), size - 1) }
}

function suffix(length: number, size: number): ByteRange {
  return { first: Math.max(0, size - length), last: size - 1 }
}

export function lengthOf({ first, last }: ByteRange): number {
  return last - first + 1
}

export function formatContentRange({ first, last }: ByteRange, size: number): string {
  return `bytes ${first}-${last}/${size}`
}

/** The parts of a multipart/byteranges body (section 14.6) in order: text, or a range of the file. */
export function multipartParts(
  ranges: readonly ByteRange[],
  { size, type, boundary }: { size: number; type: string; boundary: string },
): readonly (string | ByteRange)[] {
  const parts = ranges.flatMap((range, index) => [
    `${index === 0 ? '' : '\r\n'}--${boundary}\r\nContent-Type: ${type}\r\nContent-Range: ${formatContentRange(range, size)}\r\n\r\n`,
    range,
  ])
  return [...parts, `\r\n--${boundary}--\r\n`]
}
