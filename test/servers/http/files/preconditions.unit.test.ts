import { describe, expect, test } from 'vitest'
import { formatEntityTag, parseEntityTags } from '../../../../servers/http/files/entity-tag.ts'
import {
  type ConditionalFields,
  evaluatePreconditions,
  isRangeApplicable,
} from '../../../../servers/http/files/preconditions.ts'

const NOW = Date.UTC(2026, 0, 1)
const MODIFIED = Date.UTC(1994, 10, 6, 8, 49, 37)
const DATE = 'Sun, 06 Nov 1994 08:49:37 GMT'
const EARLIER = 'Sun, 06 Nov 1994 08:49:36 GMT'
const VALIDATORS = { etag: { weak: false, opaque: 'a' }, lastModified: MODIFIED }

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
  ])('parses %j', (text, tags) => expect(parseEntityTags(text)).toEqual(tags))

  test('parses *', () => expect(parseEntityTags(' * ')).toBe('*'))

  test('formats tags with quotes, and weak ones with W/', () => {
    expect([formatEntityTag(strong('a')), formatEntityTag({ weak: true, opaque: 'a' })]).toEqual(['"a"', 'W/"a"'])
  })
})

const PRECONDITIONS: readonly (readonly [title: string, fields: ConditionalFields, result: string])[] = [
  ['no condition', {}, 'proceed'],
  ['If-None-Match with the tag of the file', { 'if-none-match': '"a"' }, 'not-modified'],
  ['If-None-Match with a weak tag: compares weakly', { 'if-none-match': 'W/"a"' }, 'not-modified'],
  ['If-None-Match with a list', { 'if-none-match': '"x", "a"' }, 'not-modified'],
  ['If-None-Match: *', { 'if-none-match': '*' }, 'not-modified'],
  ['If-None-Match with another tag', { 'if-none-match': '"x"' }, 'proceed'],
  ['If-None-Match with a malformed tag', { 'if-none-match': 'a' }, 'proceed'],
  ['If-Modified-Since the date of the file', { 'if-modified-since': DATE }, 'not-modified'],
  ['If-Modified-Since an earlier date', { 'if-modified-since': EARLIER }, 'proceed'],
  ['If-Modified-Since a malformed date', { 'if-modified-since': 'now' }, 'proceed'],
  [
    'If-None-Match takes precedence over If-Modified-Since',
    { 'if-none-match': '"x"', 'if-modified-since': DATE },
    'proceed',
  ],
  ['If-Match with the tag of the file', { 'if-match': '"a"' }, 'proceed'],
  ['If-Match: *', { 'if-match': '*' }, 'proceed'],
  ['If-Match with a weak tag: compares strongly', { 'if-match': 'W/"a"' }, 'failed'],
  ['If-Match with another tag', { 'if-match': '"x"' }, 'failed'],
  ['If-Unmodified-Since the date of the file', { 'if-unmodified-since': DATE }, 'proceed'],
  ['If-Unmodified-Since an earlier date', { 'if-unmodified-since': EARLIER }, 'failed'],
  [
    'If-Match takes precedence over If-Unmodified-Since',
    { 'if-match': '"a"', 'if-unmodified-since': EARLIER },
    'proceed',
  ],
  ['If-Match is evaluated before If-None-Match', { 'if-match': '"x"', 'if-none-match': '"a"' }, 'failed'],
]

test.each(PRECONDITIONS)('%s', (_title, fields, result) => {
  expect(evaluatePreconditions('GET', fields, VALIDATORS, NOW)).toBe(result)
  expect(evaluatePreconditions('HEAD', fields, VALIDATORS, NOW)).toBe(result)
})

test.each<readonly [title: string, fields: ConditionalFields, result: string]>([
  ['a tag in If-None-Match that matches', { 'if-none-match': 'W/"a"' }, 'failed'],
  ['If-None-Match: *', { 'if-none-match': '*' }, 'failed'],
  ['another tag in If-None-Match', { 'if-none-match': '"x"' }, 'proceed'],
  ['If-Modified-Since the date of the file', { 'if-modified-since': DATE }, 'proceed'],
  ['another tag in If-Match', { 'if-match': '"x"' }, 'failed'],
  ['If-Unmodified-Since an earlier date', { 'if-unmodified-since': EARLIER }, 'failed'],
])('POST with %s', (_title, fields, result) => {
  expect(evaluatePreconditions('POST', fields, VALIDATORS, NOW)).toBe(result)
})

test.each<readonly [title: string, fields: ConditionalFields, result: string]>([
  ['a tag in If-Match', { 'if-match': '"a"' }, 'failed'],
  ['If-Match: *', { 'if-match': '*' }, 'proceed'],
  ['a tag in If-None-Match', { 'if-none-match': '"a"' }, 'proceed'],
  ['If-None-Match: *', { 'if-none-match': '*' }, 'not-modified'],
  ['If-Modified-Since', { 'if-modified-since': DATE }, 'proceed'],
  ['If-Unmodified-Since', { 'if-unmodified-since': EARLIER }, 'proceed'],
])('a representation without validators, and %s', (_title, fields, result) => {
  expect(evaluatePreconditions('GET', fields, {}, NOW)).toBe(result)
})

test.each([
  ['no If-Range', undefined, true],
  ['the tag of the file', '"a"', true],
  ['a weak tag', 'W/"a"', false],
  ['another tag', '"x"', false],
  ['a list', '"a", "x"', false],
  ['*', '*', false],
  ['the date of the file', DATE, true],
  ['an earlier date', EARLIER, false],
  ['a malformed value', 'rubbish', false],
])('a Range with If-Range: %s', (_title, ifRange, expected) => {
  expect(isRangeApplicable({ 'if-range': ifRange }, VALIDATORS, NOW)).toBe(expected)
})

test('If-Range never matches a representation without validators', () => {
  expect(isRangeApplicable({ 'if-range': '"a"' }, {}, NOW)).toBe(false)
  expect(isRangeApplicable({ 'if-range': DATE }, {}, NOW)).toBe(false)
})

test('a date is not a strong validator within its own second', () => {
  expect(isRangeApplicable({ 'if-range': DATE }, VALIDATORS, MODIFIED + 500)).toBe(false)
})
