/** Suites for tests: on free ports, closed when the test is over, with what their trace told. */
import { onTestFinished } from 'vitest'
import { type ServiceName, type Suite, type SuiteOptions, startSuite } from '../../shared/launcher/index.ts'
import type { TraceEvent } from '../../shared/trace/event.ts'
import { Trace } from '../../shared/trace/trace.ts'

/** Starts a suite that the running test owns. */
export async function suiteFor<const Name extends ServiceName>(options: SuiteOptions<Name>): Promise<Suite<Name>> {
  const suite = await startSuite<Name>(options)
  onTestFinished(() => suite.close())
  return suite
}

/** Events that have been told, and a way to wait for one that will be. */
export class EventRecorder {
  readonly events: TraceEvent[] = []
  readonly #waiting = new Set<() => void>()

  constructor(trace: Trace) {
    const off = trace.on(event => {
      this.events.push(event)
      for (const check of this.#waiting) check()
    })
    onTestFinished(off)
  }

  /** Resolves with the first event, told already or told later, that fits; the test's own timeout is the bound. */
  until(fits: (event: TraceEvent) => boolean): Promise<TraceEvent> {
    return new Promise(resolve => {
      const check = () => {
        const found = this.events.find(fits)
        if (!found) return
        this.#waiting.delete(check)
        resolve(found)
      }
      this.#waiting.add(check)
      check()
    })
  }

  /** What was told as short lines, for literal comparison: `message request 1 GET / HTTP/1.1`. */
  lines(): string[] {
    return this.events.map(describeEvent)
  }
}

/** Records the events of a trace; without one given, of a new one. */
export function recordEvents(trace = new Trace()): EventRecorder & { trace: Trace } {
  return Object.assign(new EventRecorder(trace), { trace })
}

/** One event as one line, without what differs from run to run. */
export function describeEvent(event: TraceEvent): string {
  if (event.kind !== 'message' && event.kind !== 'transfer') return `${event.kind} ${event.channel}`
  return `${event.kind} ${event.direction} ${event.exchange} ${event.summary}`
}
