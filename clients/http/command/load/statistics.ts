/** Statistics of a load: percentiles and a histogram of the times of its requests. Pure. */

/** The shares of requests whose times are reported, in percent. */
const PERCENTILES = [50, 75, 90, 95, 99, 99.9] as const

const BUCKETS = 12

/** A bucket of the histogram: the requests that took at most `upTo` milliseconds, and more than the bound of the bucket before. */
export interface Bucket {
  readonly upTo: number
  readonly count: number
}

export interface TimeStatistics {
  readonly fastest: number
  readonly average: number
  readonly slowest: number
  /** Milliseconds by percentage: `{ '50': 1.2, '99.9': 8 }`. */
  readonly percentiles: Readonly<Record<string, number>>
  readonly histogram: readonly Bucket[]
}

/** Returns undefined if there are no times. */
export function timeStatistics(times: Float64Array): TimeStatistics | undefined {
  if (times.length === 0) return undefined
  const sorted = times.toSorted()
  // Times ten, because 99.9 is not exact in binary.
  const at = (percent: number) => longest(sorted.subarray(0, Math.ceil((percent * 10 * sorted.length) / 1000)))
  const [fastest, slowest] = [longest(sorted.subarray(0, 1)), longest(sorted)]
  return {
    fastest,
    average: sorted.reduce((sum, time) => sum + time, 0) / sorted.length,
    slowest,
    percentiles: Object.fromEntries(PERCENTILES.map(percent => [String(percent), at(percent)])),
    histogram: histogram(sorted, fastest, slowest),
  }
}

function longest(times: Float64Array): number {
  return times.reduce((most, time) => Math.max(most, time), 0)
}

/** Buckets grow by a constant factor, because the slowest request can take a thousand times as long as most. */
function histogram(sorted: Float64Array, fastest: number, slowest: number): Bucket[] {
  if (slowest === fastest) return [{ upTo: slowest, count: sorted.length }]
  const start = Math.max(fastest, slowest / 1e6)
  const limits = Array.from({ length: BUCKETS }, (_, index) =>
    index === BUCKETS - 1 ? slowest : start * (slowest / start) ** ((index + 1) / BUCKETS),
  )
  return limits.map((upTo, index) => {
    const above = limits[index - 1] ?? -1
    return { upTo, count: sorted.filter(time => time > above && time <= upTo).length }
  })
}
