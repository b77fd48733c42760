/** Formats the results of the bench. Pure. */
import type { Result } from '../rounds.ts'
import { table } from '../rounds.ts'

export interface TracedResult extends Result {
  /** The name of the variant whose speed is 1. */
  readonly base: string
  /** The median, over the rounds, of the speed divided by that of the base in the same round. */
  readonly ratio: number
}

/** Formats the speeds of one protocol, with their ratios. */
export function report(heading: string, results: readonly TracedResult[]): string {
  const rows = results.map(({ name, base, median, ratio }) => [
    name,
    median.toFixed(0),
    base === name ? '-' : `${ratio.toFixed(2)} of ${base}`,
  ])
  return `\n${heading}\n${table([['trace', 'per second', 'ratio'], ...rows])}`
}
