/**
 * Cooperative scheduling: long work is a generator that yields wherever it may be interrupted. It runs in one piece, or in
 * slices with other events of the process in between.
 */

/** How long other events wait at most, if the work yields often enough. */
const SLICE_MS = 2

/** Runs the work to its end without a break. */
export function runToCompletion<Result>(work: Generator<void, Result>): Result {
  let step = work.next()
  while (!step.done) step = work.next()
  return step.value
}

/**
 * Runs the work in slices of 2 ms. Work that takes less than one slice is complete when this returns.
 *
 * @param signal stops the work between two slices; the promise rejects with the signal's reason
 */
export async function runInTimeSlices<Result>(work: Generator<void, Result>, signal?: AbortSignal): Promise<Result> {
  for (;;) {
    const end = performance.now() + SLICE_MS
    let step = work.next()
    while (!step.done && performance.now() < end) step = work.next()
    if (step.done) return step.value
    await new Promise(resolve => setImmediate(resolve))
    signal?.throwIfAborted()
  }
}
