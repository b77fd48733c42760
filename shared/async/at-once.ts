/** Long work that can be done in steps, for those who do not mind waiting. Pure. */

/** Does the work to its end without a turn for others. */
export function runToCompletion<Result>(work: Generator<void, Result>): Result {
  let step = work.next()
  while (!step.done) step = work.next()
  return step.value
}
