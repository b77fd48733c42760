import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  multipartSegments,
  type RangeSelection,
  rangeLength,
  selectRanges,
} from '../../../../servers/http/files/range.ts'

const SIZE = 1000
const select = (...ranges: [number, number][]): RangeSelection => ({
  kind: 'ranges',
  ranges: ranges.map(([first, last]) => ({ first, last })),
})
const WHOLE: RangeSelection = { kind: 'whole' }
const UNSATISFIABLE: RangeSelection = { kind: 'unsatisfiable' }

test.each<[string, RangeSelection]>([
  ['bytes=0-499', select([0, 499])],
  ['bytes=0-0', select([0, 0])],
  ['BYTES=500-', select([500, 999])],
  ['bytes=-500', select([500, 999])],
  ['bytes=-5000', select([0, 999])],
  ['bytes=990-5000', select([990, 999])],
  [`bytes=0-${'9'.repeat(400)}`, select([0, 999])],
  ['bytes=0-1, 5-6', select([0, 1], [5, 6])],
  ['bytes= 0-1 ,, -1', select([0, 1], [999, 999])],
  ['bytes=0-1, 2000-', select([0, 1])],
  ['bytes=1000-', UNSATISFIABLE],
  [`bytes=${'9'.repeat(400)}-`, UNSATISFIABLE],
  ['bytes=-0', UNSATISFIABLE],
  ['bytes=2000-, -0', UNSATISFIABLE],
  ['bytes=5-2', WHOLE],
  ['bytes=-', WHOLE],
  ['bytes=', WHOLE],
  ['bytes=a-b', WHOLE],
  ['bytes=0-1, x', WHOLE],
  ['bytes 0-1', WHOLE],
  ['lines=0-1', WHOLE],
  ['bytes=0-999, 0-999', WHOLE],
  [`bytes=${Array.from({ length: 51 }, (_, index) => `${index}-${index}`).join(',')}`, WHOLE],
])('selects from %.40s', (field, selection) => expect(selectRanges(field, SIZE)).toEqual(selection))

test.each(['bytes=0-', 'bytes=-0', 'bytes=0-0'])('%s is unsatisfiable for an empty file', field => {
  expect(selectRanges(field, 0)).toEqual(UNSATISFIABLE)
})

test.each(['bytes=-1', 'bytes=0-, -5'])('%s is satisfiable for an empty file, and selects all of it', field => {
  expect(selectRanges(field, 0)).toEqual(WHOLE)
})

test('selected ranges are within the file, and never more than the file in total', () => {
  const spec = fc.tuple(fc.option(fc.nat(1200)), fc.option(fc.nat(1200))).map(([a, b]) => `${a ?? ''}-${b ?? ''}`)
  fc.assert(
    fc.property(fc.array(spec, { maxLength: 5 }), fc.nat(1000), (specs, size) => {
      const selection = selectRanges(`bytes=${specs.join(',')}`, size)
      if (selection.kind !== 'ranges') return
      for (const { first, last } of selection.ranges) expect(0 <= first && first <= last && last < size).toBe(true)
      expect(selection.ranges.reduce((sum, range) => sum + rangeLength(range), 0)).toBeLessThanOrEqual(size)
    }),
  )
})

test('several ranges become parts with header fields, between boundaries', () => {
  const segments = multipartSegments(
    [
      { first: 0, last: 1 },
      { first: 5, last: 6 },
    ],
    { size: 10, type: 'text/plain', boundary: 'B' },
  )
  expect(segments).toEqual([
    '--B\r\nContent-Type: text/plain\r\nContent-Range: bytes 0-1/10\r\n\r\n',
    { first: 0, last: 1 },
    '\r\n--B\r\nContent-Type: text/plain\r\nContent-Range: bytes 5-6/10\r\n\r\n',
    { first: 5, last: 6 },
    '\r\n--B--\r\n',
  ])
})
