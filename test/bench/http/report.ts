/** Prints the figures of the HTTP bench as tables of ratios. Pure. */
import type { LoadFigures } from '../app/wrk.ts'
import { median, table } from '../rounds.ts'
import { FLOOR, NGINX } from './contestants.ts'
import type { IdleFigures } from './idle.ts'

export interface Measured {
  readonly name: string
  readonly figures: readonly LoadFigures[]
}

/** A table of one workload: medians, and their ratios to the floor and to nginx. */
export function reportWorkload(summary: string, measured: readonly Measured[]): string {
  const speedOf = (name: string) => median(measured.find(other => other.name === name)?.figures.map(speed) ?? [])
  const [floor, nginx] = [speedOf(FLOOR), speedOf(NGINX)]
  const rows = measured.map(({ name, figures }) => {
    const own = median(figures.map(speed))
    const latencies = [median(figures.map(({ p50 }) => p50)), median(figures.map(({ p99 }) => p99))]
    return [name, own.toFixed(0), ratio(own, floor), ratio(own, nginx), ...latencies.map(cell)]
  })
  return `\n${summary}\n${table([['server', 'requests/s', 'x floor', 'x nginx', 'p50 ms', 'p99 ms'], ...rows])}`
}

export function reportIdle(name: string, { connections, bytesEach, alone, meanwhile }: IdleFigures): string {
  const figures = ({ requestsPerSecond, p50, p99 }: LoadFigures) => [requestsPerSecond.toFixed(0), cell(p50), cell(p99)]
  const rows = [
    ['alone', ...figures(alone)],
    [`beside ${connections} idle connections`, ...figures(meanwhile)],
  ]
  const memory = `${name}: ${(bytesEach / 1024).toFixed(1)} KiB for each of ${connections} idle connections`
  return `\n${memory}\n${table([['1 KiB', 'requests/s', 'p50 ms', 'p99 ms'], ...rows])}`
}

function speed({ requestsPerSecond }: LoadFigures): number {
  return requestsPerSecond
}

function ratio(figure: number, base: number): string {
  return cell(figure / base)
}

function cell(figure: number): string {
  return Number.isNaN(figure) ? '' : figure.toFixed(2)
}
