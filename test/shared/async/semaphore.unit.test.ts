import { expect, test } from 'vitest'
import { Semaphore } from '../../../shared/async/semaphore.ts'

test('so many at once, so many waiting, the rest refused; a failure gives its turn on', async () => {
  const turns = new Semaphore({ atOnce: 1, maxWaiting: 1 })
  const order: string[] = []
  const gate = openGate()
  const first = turns.run(async () => {
    await gate.promise
    order.push('first')
    throw new Error('no')
  })
  const second = turns.run(async () => void order.push('second'))
  expect(turns.run(async () => {})).toBeUndefined()
  gate.resolve()
  await expect(first).rejects.toThrow('no')
  await second
  expect(order).toEqual(['first', 'second'])
  await turns.run(async () => void order.push('third'))
  expect(order).toEqual(['first', 'second', 'third'])
})

test('whoever comes while a turn is handed on waits behind those who wait', async () => {
  const turns = new Semaphore({ atOnce: 1, maxWaiting: 2 })
  const order: string[] = []
  const [first, second] = [openGate(), openGate()]
  const work = [turns.run(() => first.promise)]
  work.push(
    turns.run(async () => {
      order.push('second begins')
      await second.promise
      order.push('second ends')
    }),
  )
  first.resolve()
  // Right after the first one's end, before the second has begun.
  queueMicrotask(() => work.push(turns.run(async () => void order.push('third'))))
  await work[0]
  second.resolve()
  await Promise.all(work)
  expect(order).toEqual(['second begins', 'second ends', 'third'])
})

function openGate(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {}
  const promise = new Promise<void>(done => {
    resolve = done
  })
  return { promise, resolve }
}
