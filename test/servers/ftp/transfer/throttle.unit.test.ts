import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RateLimits, TokenBucket } from '../../../../servers/ftp/transfer/throttle.ts'

/** A clock that moves only when a test sets it. */
function clock() {
  const time = { ms: 1000 }
  return { time, now: () => time.ms }
}

test('a burst passes at once, and what follows waits for its time', () => {
  const { time, now } = clock()
  const bucket = new TokenBucket(1000, now)
  expect(bucket.chunkBytes).toBe(250)
  expect(bucket.reserve(250)).toBe(0)
  expect(bucket.reserve(250)).toBe(250)
  time.ms += 250
  expect(bucket.reserve(250)).toBe(250)
  time.ms += 10_000
  expect(bucket.reserve(250)).toBe(0)
  expect(bucket.reserve(1)).toBe(1)
})

test('the lowest rate has chunks of one byte', () => {
  const { now } = clock()
  const bucket = new TokenBucket(1, now)
  expect(bucket.chunkBytes).toBe(1)
  expect(bucket.reserve(1)).toBe(750)
})

test('never exceeds the rate, apart from the burst, whatever the chunks and pauses', () => {
  const steps = fc.array(fc.record({ bytes: fc.nat(5000), pause: fc.nat(3000) }), { maxLength: 50 })
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100_000 }), steps, (rate, steps) => {
      const { time, now } = clock()
      const bucket = new TokenBucket(rate, now)
      let sent = 0
      for (const { bytes, pause } of steps) {
        time.ms += pause + bucket.reserve(bytes)
        sent += bytes
        expect(sent).toBeLessThanOrEqual(rate * 0.25 + ((time.ms - 1000) * rate) / 1000 + 1e-6)
      }
    }),
  )
})

test('without a rate there is no throttle', () => {
  const limits = new RateLimits({ session: undefined, account: undefined }, () => 0)
  expect(limits.openSession()).toBe(undefined)
  expect(limits.startTransfer(undefined, 'ann')).toBe(undefined)
  expect(limits.accounts).toBe(0)
})

test('the sessions of an account share a rate, and each has its own', () => {
  const limits = new RateLimits({ session: 1000, account: 1500 }, () => 0)
  const [one, two] = [limits.openSession(), limits.openSession()]
  const first = limits.startTransfer(one, 'ann')
  const second = limits.startTransfer(two, 'ann')
  const other = limits.startTransfer(limits.openSession(), 'bob')
  expect(first?.chunkBytes).toBe(250)
  expect(first?.reserve(250)).toBe(0)
  // The session may send 250 bytes at once, but the account has only 125 left.
  expect(second?.reserve(250)).toBe(84)
  expect(other?.reserve(250)).toBe(0)
  // The session has a debt, though its second transfer belongs to another account.
  expect(limits.startTransfer(one, 'carol')?.reserve(250)).toBe(250)
})

test('only a rate of the account', () => {
  const limits = new RateLimits({ session: undefined, account: 1000 }, () => 0)
  const transfer = limits.startTransfer(limits.openSession(), 'ann')
  expect(transfer?.reserve(500)).toBe(250)
})

test('forgets the buckets of accounts that have no effect any more, and no others', () => {
  const { time, now } = clock()
  const limits = new RateLimits({ session: undefined, account: 1000 }, now)
  const start = (account: string) => limits.startTransfer(undefined, account)
  const running = start('running')
  const debtor = start('debtor')
  debtor?.reserve(100_000)
  debtor?.release()
  debtor?.release()
  for (let index = 0; index < 1000; index++) start(`account ${index}`)?.release()
  expect(limits.accounts).toBeLessThanOrEqual(256)
  // Both still share their bucket with the next transfer.
  expect(start('debtor')?.reserve(0)).toBe(99_750)
  running?.reserve(500)
  expect(start('running')?.reserve(0)).toBe(250)
  time.ms += 3_600_000
  expect(start('debtor')?.reserve(250)).toBe(0)
})
