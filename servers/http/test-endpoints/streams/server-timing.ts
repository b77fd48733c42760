/** The Server-Timing field (W3C Server Timing), in the format of go-httpbin. Pure. */

export interface Timing {
  readonly name: string
  readonly milliseconds: number
  readonly description: string
}

export function formatServerTiming(timings: readonly Timing[]): string {
  return timings
    .map(({ name, milliseconds, description }) => `${name};dur=${milliseconds.toFixed(2)};desc="${description}"`)
    .join(', ')
}

export function initialDelay(milliseconds: number): Timing {
  return { name: 'initial_delay', milliseconds, description: 'initial delay' }
}

/** @param pause milliseconds between two writes */
export function writeTimings(delay: number, duration: number, pause: number): readonly Timing[] {
  return [
    initialDelay(delay),
    { name: 'write_duration', milliseconds: duration, description: 'duration of writes after initial delay' },
    { name: 'pause_per_write', milliseconds: pause, description: 'computed pause between writes' },
  ]
}

export function totalDuration(milliseconds: number): Timing {
  return { name: 'total_duration', milliseconds, description: 'total request duration' }
}
