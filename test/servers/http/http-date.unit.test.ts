import { describe, expect, test } from 'vitest'
import { formatHttpDate, parseHttpDate } from '../../../servers/http/http-date.ts'

const NOW = Date.UTC(2026, 0, 1)
const MODIFIED = Date.UTC(1994, 10, 6, 8, 49, 37)
const DATE = 'Sun, 06 Nov 1994 08:49:37 GMT'

describe('HTTP dates', () => {
  test('formats IMF-fixdate', () => expect(formatHttpDate(MODIFIED)).toBe(DATE))

  test.each([
    ['IMF-fixdate', DATE],
    ['RFC 850', 'Sunday, 06-Nov-94 08:49:37 GMT'],
    ['asctime', 'Sun Nov  6 08:49:37 1994'],
  ])('parses %s', (_form, text) => expect(parseHttpDate(text, NOW)).toBe(MODIFIED))

  test('takes a two-digit year more than 50 years ahead as one in the past', () => {
    expect(parseHttpDate('Sunday, 06-Nov-76 08:49:37 GMT', NOW)).toBe(Date.UTC(2076, 10, 6, 8, 49, 37))
    expect(parseHttpDate('Sunday, 06-Nov-77 08:49:37 GMT', NOW)).toBe(Date.UTC(1977, 10, 6, 8, 49, 37))
  })

  test('accepts a leap second', () => {
    expect(parseHttpDate('Sat, 31 Dec 2016 23:59:60 GMT', NOW)).toBe(Date.UTC(2017, 0, 1))
  })

  test.each([
    '',
    'yesterday',
    '1994-11-06T08:49:37Z',
    'Sup, 06 Nov 1994 08:49:37 GMT',
    'Holiday, 06-Nov-94 08:49:37 GMT',
    'Sup Nov  6 08:49:37 1994',
    'Sun, 06 Nov 1994 08:49:37 CET',
    'Sun, 06 nov 1994 08:49:37 GMT',
    'Sun, 31 Feb 1994 08:49:37 GMT',
    'Sun, 00 Nov 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 24:49:37 GMT',
    'Sun, 06 Nov 1994 08:60:37 GMT',
    'Sun, 06 Nov 1994 08:49:61 GMT',
  ])('rejects %j', text => expect(parseHttpDate(text, NOW)).toBeUndefined())
})
