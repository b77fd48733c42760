import { expect, test } from 'vitest'
import { WorkQueue } from '../../../../servers/http/http2/work-queue.ts'
import { TIME_SLICE_MS } from '../../../../servers/http/limits.ts'

/** Work that begins in a microtask, as that of an asynchronous handler, and takes longer than a slice. */
async function longWork(): Promise<void> {
  await undefined
  const end = performance.now() + 2 * TIME_SLICE_MS
  while (performance.now() < end) {}
}

test('work that takes longer than a slice lets other events in between, also if it runs in microtasks', async () => {
  const queue = new WorkQueue()
  const events: string[] = []
  const done = ['first', 'second', 'third'].map(
    name => new Promise<void>(resolve => queue.run(() => void longWork().then(() => resolve(void events.push(name))))),
  )
  setImmediate(() => events.push('other'))
  await Promise.all(done)
  expect(events).toEqual(['first', 'other', 'second', 'third'])
})

test('later work runs too', async () => {
  const queue = new WorkQueue()
  for (let round = 0; round < 2; round += 1) await new Promise<void>(resolve => queue.run(resolve))
})
