/** Long work in one thread, with turns for everything else: it is a generator that yields wherever it may be interrupted. */
import { setImmediate as turn } from 'node:timers/promises'

/** How long others wait at most, if the work yields often enough. */
const SLICE_MS = 2

/**
 * Does the work to its end, at once where it takes less than a slice.
 *
 * @param signal ends it between two slices; the promise rejects with the signal's reason
 */
export async function runInTimeSlices<Result>(work: Generator<void, Result>, signal?: AbortSignal): Promise<Result> {
  for (;;) {
    const end = performance.now() + SLICE_MS
    let step = work.next()
    while (!step.done && performance.now() < end) step = work.next()
    if (step.done) return step.value
    await turn()
    signal?.throwIfAborted()
  }
}
