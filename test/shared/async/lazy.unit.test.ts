import { expect, test } from 'vitest'
import { Lazy } from '../../../shared/async/lazy.ts'

test('concurrent callers share one attempt; after a failure the next call tries again, and a value stays', async () => {
  const outcomes = [Promise.reject(new Error('first')), Promise.resolve('second')]
  let attempts = 0
  const lazy = new Lazy(async () => {
    attempts += 1
    return outcomes.shift()
  })
  expect(lazy.current).toBeUndefined()
  const [one, other] = [lazy.get(), lazy.get()]
  await expect(one).rejects.toThrow('first')
  await expect(other).rejects.toThrow('first')
  expect([attempts, lazy.current]).toEqual([1, undefined])
  expect(await Promise.all([lazy.get(), lazy.get(), lazy.current])).toEqual(['second', 'second', 'second'])
  expect(await lazy.get()).toBe('second')
  expect(attempts).toBe(2)
})
