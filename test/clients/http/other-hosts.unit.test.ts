import { expect, test } from 'vitest'
import { describeOtherHosts } from '../../../clients/http/cookies/other-hosts.ts'

const TIMES = { created: '2026-01-02T03:04:05.000Z', lastUsed: '2026-01-02T03:04:05.000Z' }

const cookieOf = (domain: string, hostOnly = true) => {
  const flags = { hostOnly, secure: false, httpOnly: true }
  return { name: 'a', value: 'b', domain, path: '/', ...flags, ...TIMES }
}

test.each([
  ['there are no cookies', [], 'x.test'],
  ['one is for the host', [cookieOf('y.test'), cookieOf('x.test')], 'x.test'],
  ['one is for its subdomains', [cookieOf('x.test', false)], 'a.x.test'],
] as const)('there is nothing to explain if %s', (_, cookies, host) => {
  expect(describeOtherHosts('s.json', cookies, host)).toBeUndefined()
})

test('names the hosts of the cookies once each, and at most three', () => {
  const explain = (...domains: string[]) =>
    describeOtherHosts(
      '/tmp/s.json',
      domains.map(name => cookieOf(name)),
      '::1',
    )
  expect(explain('x.test', 'x.test')).toBe('s.json has cookies of x.test, none for ::1')
  expect(explain('a', 'b', 'c', 'd', 'e')).toBe('s.json has cookies of a, b, c and 2 more, none for ::1')
  expect(describeOtherHosts('s.json', [cookieOf('x.test')], 'a.x.test')).toBe(
    's.json has cookies of x.test, none for a.x.test',
  )
})
