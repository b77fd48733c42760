/** Divides the time of the event loop between the streams of one connection and everything else. */
import { TIME_SLICE_MS } from '../limits.ts'

/**
 * Starts one piece of work after another. Each one ends with its microtasks: handlers are asynchronous, and most do their work in
 * microtasks, which keep the event loop from everything else. When a slice of time is over, the rest waits for the next turn of
 * the loop. The caller bounds how much waits.
 */
export class WorkQueue {
  readonly #waiting: (() => void)[] = []
  #isRunning = false
  #sliceEnd = 0

  run(work: () => void): void {
    this.#waiting.push(work)
    if (this.#isRunning) return
    this.#isRunning = true
    this.#sliceEnd = performance.now() + TIME_SLICE_MS
    afterMicrotasks(() => this.#runNext())
  }

  #runNext(): void {
    const work = this.#waiting.shift()
    if (!work) {
      this.#isRunning = false
      return
    }
    work()
    afterMicrotasks(() => this.#continue())
  }

  #continue(): void {
    if (performance.now() < this.#sliceEnd) this.#runNext()
    else setImmediate(() => this.#startSlice())
  }

  #startSlice(): void {
    this.#sliceEnd = performance.now() + TIME_SLICE_MS
    this.#runNext()
  }
}

/** Calls the function when there are no microtasks left; node empties their queue before it continues with that of `nextTick`. */
function afterMicrotasks(run: () => void): void {
  queueMicrotask(() => process.nextTick(run))
}
