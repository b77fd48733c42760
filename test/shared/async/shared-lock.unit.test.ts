import { expect, test } from 'vitest'
import { type Release, SharedLock } from '../../../shared/async/shared-lock.ts'

/** Requests the lock; `granted` has the names of the callers that have got it, in order. */
function createRequests() {
  const lock = new SharedLock()
  const granted: string[] = []
  const request = (kind: 'shared' | 'exclusive', name: string): Promise<Release> => {
    const acquired = kind === 'shared' ? lock.acquireShared() : lock.acquireExclusive()
    return acquired.then(release => {
      granted.push(name)
      return release
    })
  }
  const settle = () => new Promise(resolve => setImmediate(resolve))
  return { granted, request, settle }
}

test('callers share the lock', async () => {
  const { granted, request, settle } = createRequests()
  void request('shared', 'a')
  void request('shared', 'b')
  await settle()
  expect(granted).toEqual(['a', 'b'])
})

test('an exclusive caller waits for all sharers, and those after it wait for the exclusive caller', async () => {
  const { granted, request, settle } = createRequests()
  const [releaseA, releaseB] = await Promise.all([request('shared', 'a'), request('shared', 'b')])
  const exclusive = request('exclusive', 'c')
  void request('shared', 'd')
  void request('shared', 'e')
  releaseA()
  await settle()
  expect(granted).toEqual(['a', 'b'])
  releaseB()
  const releaseC = await exclusive
  await settle()
  expect(granted).toEqual(['a', 'b', 'c'])
  releaseC()
  await settle()
  expect(granted).toEqual(['a', 'b', 'c', 'd', 'e'])
})

test('exclusive callers get the lock one at a time, in order', async () => {
  const { granted, request, settle } = createRequests()
  const first = await request('exclusive', 'a')
  const second = request('exclusive', 'b')
  void request('exclusive', 'c')
  await settle()
  expect(granted).toEqual(['a'])
  first()
  const release = await second
  await settle()
  expect(granted).toEqual(['a', 'b'])
  release()
  await settle()
  expect(granted).toEqual(['a', 'b', 'c'])
})
