import { expect, test } from 'vitest'
import { AttemptLimiter } from '../../../../servers/http/app/sign-in/attempt-limiter.ts'

const WINDOW_MS = 300_000

function limiterAt(start: number) {
  let now = start
  const limiter = new AttemptLimiter(() => now)
  return { limiter, advance: (milliseconds: number) => (now += milliseconds) }
}

const statusOf = (limiter: AttemptLimiter, user: string, address: string) => limiter.start({ user, address }).status

test('refuses the 11th attempt of an account from any address, until the first is 5 minutes old', () => {
  const { limiter, advance } = limiterAt(0)
  for (let count = 0; count < 10; count++) {
    expect(statusOf(limiter, 'ann', `192.0.2.${count}`)).toBe('allowed')
    advance(1000)
  }
  expect(limiter.start({ user: 'ANN', address: '192.0.2.99' })).toEqual({
    status: 'refused',
    retryAfterMs: WINDOW_MS - 10_000,
  })
  expect(statusOf(limiter, 'ben', '192.0.2.99')).toBe('allowed')
  advance(WINDOW_MS - 10_000)
  expect(statusOf(limiter, 'ann', '192.0.2.99')).toBe('allowed')
  expect(statusOf(limiter, 'ann', '192.0.2.99')).toBe('refused')
})

test('refuses the 31st attempt from an address for any account', () => {
  const { limiter } = limiterAt(0)
  for (let count = 0; count < 30; count++) expect(statusOf(limiter, `user${count}`, '192.0.2.1')).toBe('allowed')
  expect(statusOf(limiter, 'ann', '192.0.2.1')).toBe('refused')
  expect(statusOf(limiter, 'ann', '192.0.2.2')).toBe('allowed')
})

test('successful attempts do not count', () => {
  const { limiter } = limiterAt(0)
  for (let count = 0; count < 100; count++) {
    const attempt = limiter.start({ user: 'ann', address: '192.0.2.1' })
    expect(attempt.status).toBe('allowed')
    if (attempt.status === 'allowed') attempt.takeBack()
  }
})

test('a refused attempt does not count', () => {
  const { limiter, advance } = limiterAt(0)
  for (let count = 0; count < 10; count++) limiter.start({ user: 'ann', address: '192.0.2.1' })
  advance(WINDOW_MS - 1)
  for (let count = 0; count < 10; count++) expect(statusOf(limiter, 'ann', '192.0.2.1')).toBe('refused')
  advance(1)
  expect(statusOf(limiter, 'ann', '192.0.2.1')).toBe('allowed')
})

test('forgets the oldest of more than 10,000 accounts and addresses', () => {
  const { limiter } = limiterAt(0)
  for (let count = 0; count < 10; count++) limiter.start({ user: 'ann', address: '192.0.2.1' })
  for (let count = 0; count < 10_000; count++) limiter.start({ user: `user${count}`, address: `2001:db8::${count}` })
  expect(statusOf(limiter, 'ann', '192.0.2.1')).toBe('allowed')
})
