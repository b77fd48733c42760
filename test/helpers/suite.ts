/** Starts suites for tests, on free ports, and records the events of their trace. */
import { onTestFinished } from 'vitest'
import { type ServiceName, type Suite, type SuiteOptions, startSuite } from '../../shared/launcher/index.ts'
import type { TraceEvent } from '../../shared/trace/event.ts'
import { Trace } from '../../shared/trace/trace.ts'
import { LOWEST_COST } from './password-cost.ts'

/** Starts a suite, by default with the lowest cost of passwords, and closes it after the test. */
export async function suiteFor<const Name extends ServiceName>(options: SuiteOptions<Name>): Promise<Suite<Name>> {
  const suite = await startSuite<Name>({ passwordCost: LOWEST_COST, ...options })
  onTestFinished(() => suite.close())
  return suite
}

/** Records events and waits for future ones. */
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

  /** Resolves with the first event, past or future, that matches. The test's timeout bounds the wait. */
  until(matches: (event: TraceEvent) => boolean): Promise<TraceEvent> {
    return new Promise(resolve => {
      const check = () => {
        const found = this.events.find(matches)
        if (!found) return
        this.#waiting.delete(check)
        resolve(found)
      }
      this.#waiting.add(check)
      check()
    })
  }

  /** Resolves when this many events, past or future, match. */
  async untilCount(matches: (event: TraceEvent) => boolean, count: number): Promise<void> {
    await this.until(() => this.events.filter(matches).length >= count)
  }

  /** Returns the events of one protocol. A server's trace also has the statements that its requests cause. */
  of(protocol: TraceEvent['protocol']): TraceEvent[] {
    return this.events.filter(event => event.protocol === protocol)
  }

  /** Formats the events as short lines for literal comparison: `message request 1 GET / HTTP/1.1`. */
  lines(): string[] {
    return this.events.map(describeEvent)
  }
}

/** Records the events of a trace; of a new one by default. */
export function recordEvents(trace = new Trace()): EventRecorder & { trace: Trace } {
  return Object.assign(new EventRecorder(trace), { trace })
}

/** Formats an event as one line, without the parts that differ from run to run. Statements begin with `sql`. */
export function describeEvent(event: TraceEvent): string {
  const prefix = event.protocol === 'sql' ? 'sql ' : ''
  if (event.kind !== 'message' && event.kind !== 'transfer') return `${prefix}${event.kind} ${event.channel}`
  return `${prefix}${event.kind} ${event.direction} ${event.exchange} ${event.summary}`
}
