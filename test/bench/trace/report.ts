/** Formats the results of the bench. Pure. */
import type { Result } from '../rounds.ts'
import { median, table } from '../rounds.ts'

export interface TracedResult extends Result {
  /** The name of the variant whose speed is 1. */
  readonly base: string
  /** CPU time of the server per request in seconds, all threads, of each round. */
  readonly costs: readonly number[]
  /** The median, over the rounds, of the speed divided by that of the base in the same round. */
  readonly ratio: number
  /** The same for requests per second of CPU time; on a busy machine more reliable than the speed. */
  readonly cpuRatio: number
}

/** Formats the speeds of one protocol, with their ratios. */
export function report(heading: string, results: readonly TracedResult[]): string {
  const rows = results.map(({ name, base, median: speed, costs, ratio, cpuRatio }) => {
    const isBase = base === name
    const figures = [speed.toFixed(0), (median(costs) * 1e6).toFixed(1)]
    return [name, ...figures, isBase ? '-' : ratio.toFixed(2), isBase ? '-' : cpuRatio.toFixed(2), isBase ? '-' : base]
  })
  return `\n${heading}\n${table([['trace', 'per second', 'cpu us', 'x speed', 'x cpu', 'of'], ...rows])}`
}
