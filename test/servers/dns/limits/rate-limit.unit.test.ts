import { describe, expect, test } from 'vitest'
import { RateLimit } from '../../../../servers/dns/limits/rate-limit.ts'

const KIND = 'answer www 1'

/** Counts the verdicts on `count` responses. */
function verdictsOn(
  limit: RateLimit,
  count: number,
  now: number,
  address = '192.0.2.1',
  kind: (index: number) => string = () => KIND,
) {
  const verdicts = { send: 0, truncate: 0, drop: 0 }
  for (let index = 0; index < count; index++) verdicts[limit.check(address, kind(index), now)]++
  return verdicts
}

test('sends a limited number of responses of one kind per second; truncates every second one above it, drops the others', () => {
  expect(verdictsOn(new RateLimit({ perSecond: 5 }), 25, 100)).toEqual({ send: 5, truncate: 10, drop: 10 })
})

test('does not limit a client within the rate', () => {
  const limit = new RateLimit({ perSecond: 5 })
  for (let second = 0; second < 50; second++)
    expect(verdictsOn(limit, 5, second)).toEqual({ send: 5, truncate: 0, drop: 0 })
})

test('sends nothing to a client above the rate until its excess has worn off, which takes at most 15 seconds', () => {
  const limit = new RateLimit({ perSecond: 5 })
  verdictsOn(limit, 15, 0)
  expect(verdictsOn(limit, 1, 1).send).toBe(0)
  expect(verdictsOn(limit, 1, 4).send).toBe(1)
  verdictsOn(limit, 1000, 5)
  expect(verdictsOn(limit, 1, 19).send).toBe(0)
  expect(verdictsOn(limit, 1, 21).send).toBe(1)
})

test('counts no time if the clock goes back', () => {
  const limit = new RateLimit({ perSecond: 1 })
  expect(limit.check('192.0.2.1', KIND, 100)).toBe('send')
  expect(limit.check('192.0.2.1', KIND, 50)).toBe('drop')
  expect(limit.check('192.0.2.1', KIND, 100)).toBe('truncate')
  expect(limit.check('192.0.2.1', KIND, 103)).toBe('send')
})

describe('counts', () => {
  test.each([
    ['192.0.2.1', '192.0.2.254', true],
    ['192.0.2.1', '192.0.3.1', false],
    ['2001:db8::1', '2001:db8:0:ff::1', true],
    ['2001:db8::1', '2001:db8:0:100::1', false],
  ])('%s and %s as one network: %s', (one, other, together) => {
    const limit = new RateLimit({ perSecond: 1 })
    limit.check(one, KIND, 0)
    expect(limit.check(other, KIND, 0) === 'send').toBe(!together)
  })

  test('each kind separately, and all kinds together up to ten times the limit', () => {
    const limit = new RateLimit({ perSecond: 5 })
    expect(verdictsOn(limit, 60, 0, '192.0.2.1', String)).toEqual({ send: 50, truncate: 5, drop: 5 })
  })

  test('a flood of one kind without an effect on other kinds', () => {
    const limit = new RateLimit({ perSecond: 5 })
    verdictsOn(limit, 1000, 0)
    expect(limit.check('192.0.2.1', 'answer mail 1', 0)).toBe('send')
  })
})

test('the number of counters is bounded; the least recently used is evicted', () => {
  const limit = new RateLimit({ perSecond: 1, entries: 4 })
  limit.check('192.0.2.1', KIND, 0)
  for (let net = 0; net < 100; net++) limit.check(`10.0.${net}.1`, KIND, 0)
  expect(limit.size).toBe(4)
  expect(limit.check('192.0.2.1', KIND, 0)).toBe('send')
  expect(limit.check('10.0.99.1', KIND, 0)).toBe('drop')
})

test('a counter in use is not evicted', () => {
  const limit = new RateLimit({ perSecond: 1, entries: 4 })
  limit.check('192.0.2.1', KIND, 0)
  verdictsOn(limit, 5, 1)
  limit.check('10.0.0.1', KIND, 1)
  verdictsOn(limit, 1, 2)
  limit.check('10.0.1.1', KIND, 2)
  expect(limit.check('192.0.2.1', KIND, 2)).not.toBe('send')
})
