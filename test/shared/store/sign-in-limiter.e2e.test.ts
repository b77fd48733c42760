import { expect, test } from 'vitest'
import { SignInLimiter } from '../../../shared/store/sign-in-limiter.ts'
import { openStore } from '../../helpers/store.ts'

async function createLimiter() {
  const { accounts } = await openStore({ kind: 'memory' }, { demonstration: true })
  const limiter = new SignInLimiter(accounts)
  const signIn = (password: string, address = '192.0.2.1', signal?: AbortSignal) =>
    limiter.signIn({ user: 'alice', password, address, signal })
  return signIn
}

test('a failed sign-in waits longer after each failure of its address', async () => {
  const signIn = await createLimiter()
  const times: number[] = []
  for (const _ of [1, 2]) {
    const start = performance.now()
    expect(await signIn('wrong')).toEqual({ status: 'rejected' })
    times.push(performance.now() - start)
  }
  expect(times[0]).toBeGreaterThan(240)
  expect(times[1]).toBeGreaterThan(490)
})

test('an address with ten failed sign-ins that wait is busy; other addresses are not', async () => {
  const signIn = await createLimiter()
  const gone = new AbortController()
  const guesses = Array.from({ length: 10 }, () => signIn('wrong', '192.0.2.1', gone.signal))
  await expect.poll(() => signIn('wonderland'), { interval: 10 }).toEqual({ status: 'busy' })
  expect(await signIn('wonderland', '192.0.2.2')).toMatchObject({ status: 'accepted', account: { name: 'alice' } })
  gone.abort()
  expect(new Set((await Promise.all(guesses)).map(({ status }) => status))).toEqual(new Set(['rejected']))
  expect(await signIn('wonderland')).toMatchObject({ status: 'accepted' })
})
