import { describe, expect, test } from 'vitest'
import { formatEntityTag, parseEntityTags } from '../../../../servers/http/files/entity-tag.ts'
import { formatHttpDate, parseHttpDate } from '../../../../servers/http/files/http-date.ts'
import {
  type ConditionalFields,
  evaluatePreconditions,
  isRangeApplicable,
} from '../../../../servers/http/files/preconditions.ts'

const NOW = Date.UTC(2026, 0, 1)
const MODIFIED = Date.UTC(1994, 10, 6, 8, 49, 37)
const DATE = 'Sun, 06 Nov 1994 08:49:37 GMT'
const EARLIER = 'Sun, 06 Nov 1994 08:49:36 GMT'
const STATE = { etag: { weak: false, opaque: 'a' }, lastModified: MODIFIED }

describe('HTTP dates', () => {
  test('are written as IMF-fixdate', () => expect(formatHttpDate(MODIFIED)).toBe(DATE))

  test.each([
    ['IMF-fixdate', DATE],
    ['RFC 850', 'Sunday, 06-Nov-94 08:49:37 GMT'],
    ['asctime', 'Sun Nov  6 08:49:37 1994'],
  ])('are read as %s', (_form, text) => expect(parseHttpDate(text, NOW)).toBe(MODIFIED))

  test('a two-digit year more than 50 years ahead is in the past', () => {
    expect(parseHttpDate('Sunday, 06-Nov-76 08:49:37 GMT', NOW)).toBe(Date.UTC(2076, 10, 6, 8, 49, 37))
    expect(parseHttpDate('Sunday, 06-Nov-77 08:49:37 GMT', NOW)).toBe(Date.UTC(1977, 10, 6, 8, 49, 37))
  })

  test('a leap second is a second', () => {
    expect(parseHttpDate('Sat, 31 Dec 2016 23:59:60 GMT', NOW)).toBe(Date.UTC(2017, 0, 1))
  })

  test.each([
    '',
    'yesterday',
    '1994-11-06T08:49:37Z',
    'Sun, 06 Nov 1994 08:49:37 CET',
    'Sun, 06 nov 1994 08:49:37 GMT',
    'Sun, 31 Feb 1994 08:49:37 GMT',
    'Sun, 00 Nov 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 24:49:37 GMT',
    'Sun, 06 Nov 1994 08:60:37 GMT',
    'Sun, 06 Nov 1994 08:49:61 GMT',
  ])('%j is none', text => expect(parseHttpDate(text, NOW)).toBeUndefined())
})

describe('entity tags', () => {
  const strong = (opaque: string) => ({ weak: false, opaque })

  test.each([
    ['"a"', [strong('a')]],
    ['W/"a"', [{ weak: true, opaque: 'a' }]],
    ['"a", W/"b","c"', [strong('a'), { weak: true, opaque: 'b' }, strong('c')]],
    ['"a,b" , ""', [strong('a,b'), strong('')]],
    [', "a",,', [strong('a')]],
    ['a', []],
    ['"a" "b"', []],
    ['"a", b, "c"', [strong('a')]],
    ['w/"a"', []],
    ['"*", *', [strong('*')]],
  ])('%j', (text, tags) => expect(parseEntityTags(text)).toEqual(tags))

  test('* is any', () => expect(parseEntityTags(' * ')).toBe('*'))

  test('are written with quotes, and W/ where weak', () => {
    expect([formatEntityTag(strong('a')), formatEntityTag({ weak: true, opaque: 'a' })]).toEqual(['"a"', 'W/"a"'])
  })
})

const VERDICTS: readonly (readonly [title: string, fields: ConditionalFields, verdict: string])[] = [
  ['no condition', {}, 'proceed'],
  ['If-None-Match with its tag', { 'if-none-match': '"a"' }, 'not-modified'],
  ['If-None-Match compares weakly', { 'if-none-match': 'W/"a"' }, 'not-modified'],
  ['If-None-Match with a list', { 'if-none-match': '"x", "a"' }, 'not-modified'],
  ['If-None-Match: *', { 'if-none-match': '*' }, 'not-modified'],
  ['If-None-Match with another tag', { 'if-none-match': '"x"' }, 'proceed'],
  ['If-None-Match with what is no tag', { 'if-none-match': 'a' }, 'proceed'],
  ['If-Modified-Since its date', { 'if-modified-since': DATE }, 'not-modified'],
  ['If-Modified-Since before', { 'if-modified-since': EARLIER }, 'proceed'],
  ['If-Modified-Since no date', { 'if-modified-since': 'now' }, 'proceed'],
  ['If-None-Match goes before If-Modified-Since', { 'if-none-match': '"x"', 'if-modified-since': DATE }, 'proceed'],
  ['If-Match with its tag', { 'if-match': '"a"' }, 'proceed'],
  ['If-Match: *', { 'if-match': '*' }, 'proceed'],
  ['If-Match compares strongly', { 'if-match': 'W/"a"' }, 'failed'],
  ['If-Match with another tag', { 'if-match': '"x"' }, 'failed'],
  ['If-Unmodified-Since its date', { 'if-unmodified-since': DATE }, 'proceed'],
  ['If-Unmodified-Since before', { 'if-unmodified-since': EARLIER }, 'failed'],
  ['If-Match goes before If-Unmodified-Since', { 'if-match': '"a"', 'if-unmodified-since': EARLIER }, 'proceed'],
  ['If-Match goes before If-None-Match', { 'if-match': '"x"', 'if-none-match': '"a"' }, 'failed'],
]

test.each(VERDICTS)('%s', (_title, fields, verdict) => {
  expect(evaluatePreconditions(fields, STATE, NOW)).toBe(verdict)
})

test.each([
  ['no If-Range', undefined, true],
  ['its tag', '"a"', true],
  ['its tag, but weak', 'W/"a"', false],
  ['another tag', '"x"', false],
  ['a list', '"a", "x"', false],
  ['any', '*', false],
  ['its date', DATE, true],
  ['an earlier date', EARLIER, false],
  ['rubbish', 'rubbish', false],
])('a Range with If-Range: %s', (_title, ifRange, wanted) => {
  expect(isRangeApplicable({ 'if-range': ifRange }, STATE, NOW)).toBe(wanted)
})

test('a date does not tell states apart within its own second', () => {
  expect(isRangeApplicable({ 'if-range': DATE }, STATE, MODIFIED + 500)).toBe(false)
})
