/** What upstreams said, and for how long it is repeated. Times are milliseconds of a clock that the test sets. */
import { describe, expect, test } from 'vitest'
import { AnswerCache } from '../../../../servers/dns/forward/cache.ts'
import { failure } from '../../../../servers/dns/forward/resolution.ts'
import { record } from '../../../shared/dns/messages.ts'
import { asked, negative, positive, records, SOA, show } from './records.ts'

const WWW = asked('www.example')
const ANSWER = positive('www.example. 60 A 192.0.2.1\n')

/** A cache that was told of a finding at 0. */
function cacheWith(finding = ANSWER, question = WWW, cache = new AnswerCache()): AnswerCache {
  cache.keep(question, finding, 0)
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
    expect(cacheWith().get(WWW, now)?.answers[0]?.ttl).toBe(ttl)
  })

  test('does not grow where the clock goes back', () => {
    const cache = new AnswerCache()
    cache.keep(WWW, ANSWER, 5000)
    expect(cache.get(WWW, 0)?.answers[0]?.ttl).toBe(60)
  })

  test('of 0 is passed on and not kept', () => {
    const cache = new AnswerCache()
    expect(show(cache.keep(WWW, positive('www.example. 0 A 192.0.2.1\n'), 0))).toContain(
      'www.example. 0 IN A 192.0.2.1',
    )
    expect(cache.get(WWW, 0)).toBeUndefined()
    expect(cache.size).toBe(0)
  })

  test('of years is cut to a day, also for who asked first', () => {
    const cache = new AnswerCache()
    const kept = cache.keep(WWW, positive('www.example. 2147483647 A 192.0.2.1\n'), 0)
    expect(kept.answers[0]?.ttl).toBe(86_400)
    expect(cache.get(WWW, 86_399_000)).toBeDefined()
    expect(cache.get(WWW, 86_400_000)).toBeUndefined()
  })

  test('is raised to the least where one is given', () => {
    const cache = cacheWith(positive('www.example. 0 A 192.0.2.1\n'), WWW, new AnswerCache({ minTtl: 10 }))
    expect(cache.get(WWW, 9000)?.answers[0]?.ttl).toBe(1)
  })

  test('is the lowest of its set (RFC 2181, section 5.2), and an answer goes when its first set goes', () => {
    const chain = 'www.example. 300 CNAME a.example.\na.example. 60 A 192.0.2.1\na.example. 30 A 192.0.2.2\n'
    const cache = cacheWith(positive(chain))
    expect(cache.get(WWW, 10_000)?.answers.map(({ ttl }) => ttl)).toEqual([290, 20, 20])
    expect(cache.get(WWW, 30_000)).toBeUndefined()
  })
})

describe('what is not there', () => {
  test('is kept for the lesser of the SOA’s TTL and its minimum (RFC 2308, section 5)', () => {
    const cache = cacheWith(negative('NOERROR'))
    expect(show(cache.get(WWW, 1000))).toEqual([
      'negative NOERROR',
      '; example. 299 IN SOA ns.example. host.example. 1 2 3 4 300',
    ])
    expect(cache.get(WWW, 300_000)).toBeUndefined()
    const short = cacheWith(negative('NOERROR', 'example. 5 SOA ns.example. host.example. 1 2 3 4 300\n'))
    expect(short.get(WWW, 5000)).toBeUndefined()
  })

  test('is kept for three hours at most', () => {
    const cache = cacheWith(negative('NOERROR', 'example. 90000 SOA ns.example. host.example. 1 2 3 4 90000\n'))
    expect(cache.get(WWW, 10_799_000)?.authorities[0]?.ttl).toBe(1)
    expect(cache.get(WWW, 10_800_000)).toBeUndefined()
  })

  test('is not kept where no SOA says for how long', () => {
    expect(cacheWith(negative('NXDOMAIN', '')).size).toBe(0)
  })

  test('holds for all types where the name is not there, and for its own where it is', () => {
    expect(cacheWith(negative('NXDOMAIN')).get(asked('WWW.example', 'MX'), 0)?.rcode).toBe('NXDOMAIN')
    expect(cacheWith(negative('NOERROR')).get(asked('www.example', 'MX'), 0)).toBeUndefined()
    expect(cacheWith(negative('NXDOMAIN')).get(asked('below.www.example'), 0)).toBeUndefined()
  })

  test('holds for its own type where an alias leads to a name that is not there', () => {
    const cache = cacheWith(negative('NXDOMAIN', SOA, 'www.example. 60 CNAME gone.example.\n'))
    expect(cache.get(WWW, 59_999)?.rcode).toBe('NXDOMAIN')
    expect(cache.get(asked('www.example', 'CNAME'), 0)).toBeUndefined()
    expect(cache.get(WWW, 60_000)).toBeUndefined()
  })

  test('an SOA that is the answer keeps its own TTL', () => {
    const question = asked('example', 'SOA')
    expect(cacheWith(positive(SOA), question).get(question, 599_000)?.answers[0]?.ttl).toBe(1)
  })
})

test('a failure is remembered for five seconds (RFC 9520)', () => {
  const cache = cacheWith(failure())
  expect(cache.get(WWW, 4999)?.rcode).toBe('SERVFAIL')
  expect(cache.get(WWW, 5000)).toBeUndefined()
})

test('what holds no record has no time to be kept for', () => {
  expect(cacheWith({ ...positive(''), rcode: 'YXDOMAIN' }).size).toBe(0)
})

test('an alias is remembered with where it leads', () => {
  const alias = { ...positive('www.example. 60 CNAME www.other.\n'), kind: 'alias', target: 'www.other' } as const
  expect(show(cacheWith(alias).get(WWW, 1000))).toEqual(['alias to www.other', 'www.example. 59 IN CNAME www.other.'])
})

test.each([
  ['another type', asked('www.example', 'AAAA')],
  ['another name', asked('ww.example')],
  ['DO', asked('www.example', 'A', { dnssecOk: true })],
  ['CD', asked('www.example', 'A', { checkingDisabled: true })],
])('a question with %s is another question', (_, other) => {
  expect(cacheWith().get(other, 0)).toBeUndefined()
  expect(cacheWith().get(asked('WWW.Example'), 0)).toBeDefined()
})

describe('the bounds', () => {
  const name = (index: number) => asked(`n${index}.example`)
  const fill = (cache: AnswerCache, count: number) => {
    for (let index = 0; index < count; index++) cache.keep(name(index), ANSWER, 0)
  }

  test('the least recently used goes first when there are too many', () => {
    const cache = new AnswerCache({ entries: 3 })
    fill(cache, 3)
    cache.get(name(0), 0)
    cache.keep(name(3), ANSWER, 0)
    expect([0, 1, 2, 3].map(index => cache.get(name(index), 0) !== undefined)).toEqual([true, false, true, true])
  })

  test('bytes count as well, and come back when entries go', () => {
    const cache = new AnswerCache({ bytes: 10_000 })
    fill(cache, 1000)
    expect(cache.bytes).toBeLessThanOrEqual(10_000)
    expect(cache.size).toBeGreaterThan(10)
    for (let index = 0; index < 1000; index++) cache.get(name(index), 60_000)
    expect([cache.size, cache.bytes]).toEqual([0, 0])
  })

  test('what replaces itself is counted once', () => {
    const cache = cacheWith()
    const { bytes } = cache
    cacheWith(ANSWER, WWW, cache)
    expect([cache.size, cache.bytes]).toEqual([1, bytes])
  })

  test('what is larger than all the memory there is for it is passed on and not kept', () => {
    const large = { ...ANSWER, answers: [record('www.example', 'TYPE65280', Buffer.alloc(60_000))] }
    const cache = cacheWith(ANSWER, WWW, new AnswerCache({ bytes: 10_000 }))
    expect(cache.keep(WWW, large, 0).answers).toEqual(large.answers)
    expect([cache.size, cache.bytes]).toEqual([0, 0])
  })
})

test('an answer of any type comes back as it was', () => {
  const all = records(
    'www.example. 60 MX 10 mail.example.\nwww.example. 60 TXT "a" "b"\nwww.example. 60 TYPE65280 \\# 2 abcd\n',
  )
  const cache = cacheWith({ ...ANSWER, answers: all })
  expect(cache.get(WWW, 0)?.answers).toEqual(all)
})
