/** Draws how long the steps of an exchange took. Pure. */
import type { HttpTimings } from '../exchange/timings.ts'

const BAR_WIDTH = 40

const STEPS = [
  ['name', 'name'],
  ['connect', 'connect'],
  ['tls', 'TLS'],
  ['firstByte', 'first byte'],
  ['rest', 'rest'],
] as const

/** Returns a line for each step, with a bar from its start to its end: `first byte   2.31 ms  |   ######     |`. */
export function formatTimings(timings: HttpTimings): string {
  let started = 0
  const lines = STEPS.map(([key, label]) => {
    const ended = started + timings[key]
    const line = formatStep(label, timings[key], bar(started / timings.total, ended / timings.total))
    started = ended
    return line
  })
  return `${lines.join('\n')}\n${formatStep('total', timings.total)}\n`
}

function formatStep(label: string, duration: number, drawn?: string): string {
  return `${label.padEnd(10)} ${formatMilliseconds(duration).padStart(10)}${drawn === undefined ? '' : `  |${drawn}|`}`
}

/** A step that took time is drawn with at least one character. */
function bar(from: number, to: number): string {
  if (!(to > from)) return ' '.repeat(BAR_WIDTH)
  const start = Math.min(Math.floor(from * BAR_WIDTH), BAR_WIDTH - 1)
  const end = Math.max(Math.round(to * BAR_WIDTH), start + 1)
  return `${' '.repeat(start)}${'#'.repeat(end - start)}`.padEnd(BAR_WIDTH)
}

/** Formats `0.08 ms`, `12.3 ms`, `1234 ms`. */
export function formatMilliseconds(duration: number): string {
  return `${duration.toFixed(duration < 10 ? 2 : duration < 100 ? 1 : 0)} ms`
}
