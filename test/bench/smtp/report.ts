/** Formats the results of the bench. Pure. */
import { table } from '../rounds.ts'
import type { EventLoopFigures } from './event-loop.ts'
import type { MemoryFigures } from './memory.ts'
import type { Speed } from './speed.ts'

/** Formats the speeds of one mode, with their ratios to the floor and to a peer. */
export function reportSpeeds(heading: string, speeds: readonly Speed[], floor: string, peer: string): string {
  const bases = [floor, peer].map(name => speeds.find(speed => speed.name === name)?.speed ?? Number.NaN)
  const rows = speeds.map(({ name, speed, cpu, missing }) => {
    if (missing !== undefined) return [name, '-', '-', '-', '-']
    return [name, speed.toFixed(0), ...bases.map(base => ratio(speed, base)), cpu.toFixed(0)]
  })
  const notes = speeds.flatMap(({ name, missing }) =>
    missing === undefined ? [] : [`${name}: not measured: ${missing}\n`],
  )
  return `\n${heading}\n${table([['server', 'messages/s', 'x floor', 'x smtp-server', 'cpu us'], ...rows])}${notes.join('')}`
}

function ratio(figure: number, base: number): string {
  return Number.isNaN(base) ? '-' : (figure / base).toFixed(2)
}

export function reportEventLoop({ alone, withMail }: EventLoopFigures): string {
  const line = (name: string, { p99, longest }: EventLoopFigures['alone']) => [name, p99.toFixed(2), longest.toFixed(1)]
  const rows = [line('without mail', alone), line('while mail arrives at full speed', withMail)]
  return `\nlatency of DNS in the same suite\n${table([['', 'p99 ms', 'longest ms'], ...rows])}`
}

export function reportMemory({ atRest, perSession, largeMessage }: MemoryFigures): string {
  const figures = [
    `${megabytes(atRest)} MB at rest`,
    `${(perSession / 1000).toFixed(1)} kB for each idle session`,
    `${megabytes(largeMessage)} MB more while a message of 10 MiB arrives`,
  ]
  return `\nmemory: ${figures.join(', ')}\n`
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0)
}
