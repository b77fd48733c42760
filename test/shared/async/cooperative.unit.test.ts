import { expect, test } from 'vitest'
import { runInTimeSlices, runToCompletion } from '../../../shared/async/cooperative.ts'

/** A slice is over after a tiny part of these steps. */
const MAX_STEPS = 100_000_000

/** Yields until the process has handled another event. */
function* untilInterrupted(): Generator<void, boolean> {
  let interrupted = false
  setImmediate(() => {
    interrupted = true
  })
  for (let step = 0; step < MAX_STEPS && !interrupted; step += 1) yield
  return interrupted
}

function* count(steps: number): Generator<void, number> {
  for (let step = 0; step < steps; step++) yield
  return steps
}

test('runToCompletion runs work to its end', () => {
  expect(runToCompletion(count(1000))).toBe(1000)
})

test('runInTimeSlices handles other events between two slices', async () => {
  expect(await runInTimeSlices(untilInterrupted())).toBe(true)
})

test('runInTimeSlices stops between two slices when its signal is aborted', async () => {
  const stop = new AbortController()
  const running = runInTimeSlices(
    (function* () {
      for (;;) yield
    })(),
    stop.signal,
  )
  stop.abort(new Error('stopped'))
  await expect(running).rejects.toThrow('stopped')
})
