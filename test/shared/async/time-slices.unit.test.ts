import { expect, test } from 'vitest'
import { TimeSlices } from '../../../shared/async/time-slices.ts'

/** A clock that only the work moves: on a busy machine, the real one moves between two pieces of work. */
function createClock() {
  let time = 0
  const work = (milliseconds: number) => {
    time += milliseconds
  }
  return { now: () => time, work }
}

test('work within the slice runs at once', () => {
  const slices = new TimeSlices(createClock().now)
  const done: number[] = []
  for (let number = 0; number < 100; number += 1) slices.run(() => done.push(number))
  expect(done).toHaveLength(100)
})

test('work beyond the slice runs in its order, with other events in between', async () => {
  const { now, work } = createClock()
  const slices = new TimeSlices(now)
  const done: (number | string)[] = []
  const finished = new Promise<void>(resolve => {
    for (let number = 0; number < 6; number += 1) {
      slices.run(() => {
        work(6)
        done.push(number)
        if (number === 5) resolve()
      })
    }
  })
  expect(done).toEqual([0, 1])
  setImmediate(() => done.push('another event'))
  await finished
  expect(done.filter(each => typeof each === 'number')).toEqual([0, 1, 2, 3, 4, 5])
  expect(done.indexOf('another event')).toBeLessThan(6)
})

test('a new slice starts in the next turn', async () => {
  const { now, work } = createClock()
  const slices = new TimeSlices(now)
  slices.run(() => work(11))
  await new Promise(resolve => setImmediate(resolve))
  let hasRun = false
  slices.run(() => {
    hasRun = true
  })
  expect(hasRun).toBe(true)
})

test('work that adds work does not extend its slice', async () => {
  const { now, work } = createClock()
  const slices = new TimeSlices(now)
  let runs = 0
  const repeat = () => {
    work(1)
    runs += 1
    if (runs < 40) slices.run(repeat)
  }
  slices.run(repeat)
  expect(runs).toBeLessThan(40)
  while (runs < 40) await new Promise(resolve => setImmediate(resolve))
})
