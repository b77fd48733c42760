/** Parses the output of dnsperf. Pure. */

/** The statistics of one run. */
export interface Run {
  readonly queriesPerSecond: number
  readonly sent: number
  readonly lost: number
  /** Number of responses by rcode. */
  readonly rcodes: Readonly<Record<string, number>>
}

/**
 * Parses the statistics at the end of a run.
 *
 * @throws Error that quotes the output if it has no statistics
 */
export function parseRun(output: string): Run {
  return {
    queriesPerSecond: figure(output, 'Queries per second'),
    sent: figure(output, 'Queries sent'),
    lost: figure(output, 'Queries lost'),
    rcodes: parseRcodes(/Response codes:\s+(.*)/.exec(output)?.[1] ?? ''),
  }
}

function figure(output: string, label: string): number {
  const found = new RegExp(`${label}:\\s+([\\d.]+)`).exec(output)?.[1]
  if (found === undefined) throw new Error(`the output of dnsperf has no "${label}":\n${output.slice(-2000)}`)
  return Number(found)
}

/** `NOERROR 75 (75.00%), NXDOMAIN 25 (25.00%)` */
function parseRcodes(text: string): Record<string, number> {
  const found = text.matchAll(/([A-Z]+\d*) (\d+) \(/g)
  return Object.fromEntries(Array.from(found, ([, rcode = '', count]) => [rcode, Number(count)]))
}

/** The latency of every response in seconds, as `dnsperf -v` prints them: `> NOERROR www.example.test A 0.000095`. */
export function parseLatencies(output: string): number[] {
  return Array.from(output.matchAll(/^> [A-Z]+\d* \S+ \S+ (\d+\.\d+)$/gm), ([, seconds]) => Number(seconds))
}

/** The nearest-rank percentile; `share` is between 0 and 1. */
export function percentile(figures: readonly number[], share: number): number {
  const sorted = figures.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}
