/** The cache of upstreams' answers. Times are milliseconds, set by the test. */
import { describe, expect, test } from 'vitest'
import { AnswerCache } from '../../../../servers/dns/forward/cache.ts'
import { failure } from '../../../../servers/dns/forward/resolution.ts'
import { record } from '../../../shared/dns/messages.ts'
import { forwardQuery, negative, positive, records, SOA, show } from './records.ts'

const WWW = forwardQuery('www.example')
const ANSWER = positive('www.example. 60 A 192.0.2.1\n')

/** Creates a cache with one resolution, added at time 0. */
function cacheWith(resolution = ANSWER, question = WWW, cache = new AnswerCache()): AnswerCache {
  cache.add(question, resolution, 0)
  return cache
}

describe('a TTL', () => {
  test.each([
    [0, 60],
    [999, 60],
    [1000, 59],
    [59_999, 1],
    [60_000, undefined],
    [1e9, undefined],
  ])('of 60 is, after %i ms, %s', (now, ttl) => {
    expect(cacheWith().find(WWW, now)?.answers[0]?.ttl).toBe(ttl)
  })

  test('does not grow if the clock goes back', () => {
    const cache = new AnswerCache()
    cache.add(WWW, ANSWER, 5000)
    expect(cache.find(WWW, 0)?.answers[0]?.ttl).toBe(60)
  })

  test('of 0 is returned and not cached', () => {
    const cache = new AnswerCache()
    expect(show(cache.add(WWW, positive('www.example. 0 A 192.0.2.1\n'), 0))).toContain('www.example. 0 IN A 192.0.2.1')
    expect(cache.find(WWW, 0)).toBeUndefined()
    expect(cache.size).toBe(0)
  })

  test('of years is reduced to a day, also in the first response', () => {
    const cache = new AnswerCache()
    const bounded = cache.add(WWW, positive('www.example. 2147483647 A 192.0.2.1\n'), 0)
    expect(bounded.answers[0]?.ttl).toBe(86_400)
    expect(cache.find(WWW, 86_399_000)).toBeDefined()
    expect(cache.find(WWW, 86_400_000)).toBeUndefined()
  })

  test('is raised to the minimum', () => {
    const cache = cacheWith(positive('www.example. 0 A 192.0.2.1\n'), WWW, new AnswerCache({ minTtl: 10 }))
    expect(cache.find(WWW, 9000)?.answers[0]?.ttl).toBe(1)
  })

  test('is the lowest of its set (RFC 2181, section 5.2), and an answer expires with its first set', () => {
    const chain = 'www.example. 300 CNAME a.example.\na.example. 60 A 192.0.2.1\na.example. 30 A 192.0.2.2\n'
    const cache = cacheWith(positive(chain))
    expect(cache.find(WWW, 10_000)?.answers.map(({ ttl }) => ttl)).toEqual([290, 20, 20])
    expect(cache.find(WWW, 30_000)).toBeUndefined()
  })
})

describe('a negative answer', () => {
  test('is cached for the lower of the SOA’s TTL and its minimum (RFC 2308, section 5)', () => {
    const cache = cacheWith(negative('NOERROR'))
    expect(show(cache.find(WWW, 1000))).toEqual([
      'negative NOERROR',
      '; example. 299 IN SOA ns.example. host.example. 1 2 3 4 300',
    ])
    expect(cache.find(WWW, 300_000)).toBeUndefined()
    const short = cacheWith(negative('NOERROR', 'example. 5 SOA ns.example. host.example. 1 2 3 4 300\n'))
    expect(short.find(WWW, 5000)).toBeUndefined()
  })

  test('is cached for three hours at most', () => {
    const cache = cacheWith(negative('NOERROR', 'example. 90000 SOA ns.example. host.example. 1 2 3 4 90000\n'))
    expect(cache.find(WWW, 10_799_000)?.authorities[0]?.ttl).toBe(1)
    expect(cache.find(WWW, 10_800_000)).toBeUndefined()
  })

  test('is not cached without an SOA', () => {
    expect(cacheWith(negative('NXDOMAIN', '')).size).toBe(0)
  })

  test('applies to all types if NXDOMAIN, to one type if NODATA', () => {
    expect(cacheWith(negative('NXDOMAIN')).find(forwardQuery('WWW.example', 'MX'), 0)?.rcode).toBe('NXDOMAIN')
    expect(cacheWith(negative('NOERROR')).find(forwardQuery('www.example', 'MX'), 0)).toBeUndefined()
    expect(cacheWith(negative('NXDOMAIN')).find(forwardQuery('below.www.example'), 0)).toBeUndefined()
  })

  test('applies to one type if the target of an alias does not exist', () => {
    const cache = cacheWith(negative('NXDOMAIN', SOA, 'www.example. 60 CNAME gone.example.\n'))
    expect(cache.find(WWW, 59_999)?.rcode).toBe('NXDOMAIN')
    expect(cache.find(forwardQuery('www.example', 'CNAME'), 0)).toBeUndefined()
    expect(cache.find(WWW, 60_000)).toBeUndefined()
  })

  test('does not change the TTL of an SOA in the answer section', () => {
    const question = forwardQuery('example', 'SOA')
    expect(cacheWith(positive(SOA), question).find(question, 599_000)?.answers[0]?.ttl).toBe(1)
  })
})

test('a failure is cached for five seconds (RFC 9520)', () => {
  const cache = cacheWith(failure())
  expect(cache.find(WWW, 4999)?.rcode).toBe('SERVFAIL')
  expect(cache.find(WWW, 5000)).toBeUndefined()
})

test('a response without records is not cached', () => {
  expect(cacheWith({ ...positive(''), rcode: 'YXDOMAIN' }).size).toBe(0)
})

test('an alias is cached with its target', () => {
  const alias = { ...positive('www.example. 60 CNAME www.other.\n'), kind: 'alias', target: 'www.other' } as const
  expect(show(cacheWith(alias).find(WWW, 1000))).toEqual(['alias to www.other', 'www.example. 59 IN CNAME www.other.'])
})

test.each([
  ['another type', forwardQuery('www.example', 'AAAA')],
  ['another name', forwardQuery('ww.example')],
  ['DO', forwardQuery('www.example', 'A', { dnssecOk: true })],
  ['CD', forwardQuery('www.example', 'A', { checkingDisabled: true })],
])('a query with %s has its own entry', (_, other) => {
  expect(cacheWith().find(other, 0)).toBeUndefined()
  expect(cacheWith().find(forwardQuery('WWW.Example'), 0)).toBeDefined()
})

describe('the limits', () => {
  const name = (index: number) => forwardQuery(`n${index}.example`)
  const fill = (cache: AnswerCache, count: number) => {
    for (let index = 0; index < count; index++) cache.add(name(index), ANSWER, 0)
  }

  test('evict the least recently used entry', () => {
    const cache = new AnswerCache({ entries: 3 })
    fill(cache, 3)
    cache.find(name(0), 0)
    cache.add(name(3), ANSWER, 0)
    expect([0, 1, 2, 3].map(index => cache.find(name(index), 0) !== undefined)).toEqual([true, false, true, true])
  })

  test('include bytes, which are freed with their entries', () => {
    const cache = new AnswerCache({ bytes: 10_000 })
    fill(cache, 1000)
    expect(cache.bytes).toBeLessThanOrEqual(10_000)
    expect(cache.size).toBeGreaterThan(10)
    for (let index = 0; index < 1000; index++) cache.find(name(index), 60_000)
    expect([cache.size, cache.bytes]).toEqual([0, 0])
  })

  test('count a replaced entry once', () => {
    const cache = cacheWith()
    const { bytes } = cache
    cacheWith(ANSWER, WWW, cache)
    expect([cache.size, cache.bytes]).toEqual([1, bytes])
  })

  test('apply to an answer larger than the cache: it is returned and not cached', () => {
    const large = { ...ANSWER, answers: [record('www.example', 'TYPE65280', Buffer.alloc(60_000))] }
    const cache = cacheWith(ANSWER, WWW, new AnswerCache({ bytes: 10_000 }))
    expect(cache.add(WWW, large, 0).answers).toEqual(large.answers)
    expect([cache.size, cache.bytes]).toEqual([0, 0])
  })
})

test('records of any type are returned unchanged', () => {
  const all = records(
    'www.example. 60 MX 10 mail.example.\nwww.example. 60 TXT "a" "b"\nwww.example. 60 TYPE65280 \\# 2 abcd\n',
  )
  const cache = cacheWith({ ...ANSWER, answers: all })
  expect(cache.find(WWW, 0)?.answers).toEqual(all)
})
