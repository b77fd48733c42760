import { expect, test } from 'vitest'
import { Semaphore } from '../../../shared/async/semaphore.ts'

test('runs `concurrency` tasks, queues `maxQueued`, and refuses more; a failed task releases its permit', async () => {
  const semaphore = new Semaphore({ concurrency: 1, maxQueued: 1 })
  const order: string[] = []
  const gate = createGate()
  const first = semaphore.run(async () => {
    await gate.promise
    order.push('first')
    throw new Error('no')
  })
  const second = semaphore.run(async () => void order.push('second'))
  expect(semaphore.run(async () => {})).toBeUndefined()
  gate.resolve()
  await expect(first).rejects.toThrow('no')
  await second
  expect(order).toEqual(['first', 'second'])
  await semaphore.run(async () => void order.push('third'))
  expect(order).toEqual(['first', 'second', 'third'])
})

test('a task that arrives while a permit is passed on waits behind the queue', async () => {
  const semaphore = new Semaphore({ concurrency: 1, maxQueued: 2 })
  const order: string[] = []
  const [first, second] = [createGate(), createGate()]
  const tasks = [semaphore.run(() => first.promise)]
  tasks.push(
    semaphore.run(async () => {
      order.push('second starts')
      await second.promise
      order.push('second ends')
    }),
  )
  first.resolve()
  // After the end of the first task, before the start of the second.
  queueMicrotask(() => tasks.push(semaphore.run(async () => void order.push('third'))))
  await tasks[0]
  second.resolve()
  await Promise.all(tasks)
  expect(order).toEqual(['second starts', 'second ends', 'third'])
})

function createGate(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {}
  const promise = new Promise<void>(done => {
    resolve = done
  })
  return { promise, resolve }
}
