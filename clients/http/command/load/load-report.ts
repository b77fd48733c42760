/** The report of a load: as a document, and as text for people. Pure. */
import { formatBytes } from '../../../../shared/format-bytes.ts'
import { formatMilliseconds } from '../format-timings.ts'
import { type TimeStatistics, timeStatistics } from './statistics.ts'

/** What was measured. */
export interface LoadResult {
  /** Milliseconds from the first request to the end of the last. */
  readonly duration: number
  /** Milliseconds of each request that got a response. */
  readonly times: Float64Array
  readonly bytes: number
  readonly connections: number
  /** The number of responses by status. */
  readonly statuses: ReadonlyMap<number, number>
  /** The number of requests without a response by the message of the error. */
  readonly errors: ReadonlyMap<string, number>
}

export interface LoadReport {
  readonly requests: number
  readonly failed: number
  readonly connections: number
  readonly seconds: number
  readonly requestsPerSecond: number
  readonly bytes: number
  readonly bytesPerSecond: number
  readonly statuses: Readonly<Record<string, number>>
  readonly errors: Readonly<Record<string, number>>
  /** Milliseconds; undefined without a response. */
  readonly times: TimeStatistics | undefined
}

export function reportLoad({ duration, times, bytes, connections, statuses, errors }: LoadResult): LoadReport {
  const seconds = duration / 1000
  const failed = [...errors.values()].reduce((sum, count) => sum + count, 0)
  const requests = times.length + failed
  return {
    requests,
    failed,
    connections,
    seconds,
    requestsPerSecond: requests / seconds,
    bytes,
    bytesPerSecond: bytes / seconds,
    statuses: Object.fromEntries([...statuses].sort(([a], [b]) => a - b)),
    errors: Object.fromEntries(errors),
    times: timeStatistics(times),
  }
}

const BAR_WIDTH = 40

export function formatLoad(report: LoadReport): string {
  const { requests, connections, seconds, requestsPerSecond, bytesPerSecond, times } = report
  const lines = [
    `${requests} requests in ${seconds.toFixed(2)} s, ${connections} at a time`,
    `${requestsPerSecond.toFixed(0)} requests per second, ${formatBytes(bytesPerSecond)} of bodies per second`,
    ...Object.entries(report.statuses).map(([status, count]) => `${count} with status ${status}`),
    ...Object.entries(report.errors).map(([message, count]) => `${count} failed: ${message}`),
    ...(times ? formatTimes(times) : []),
  ]
  return `${lines.join('\n')}\n`
}

function formatTimes({ fastest, average, slowest, percentiles, histogram }: TimeStatistics): string[] {
  const most = Math.max(...histogram.map(({ count }) => count))
  return [
    '',
    ['fastest', fastest] as const,
    ['average', average] as const,
    ...Object.entries(percentiles).map(([percent, time]) => [`${percent} %`, time] as const),
    ['slowest', slowest] as const,
    '',
    ...histogram.map(({ upTo, count }) => {
      const bar = '#'.repeat(Math.ceil((count / most) * BAR_WIDTH))
      return `${formatMilliseconds(upTo).padStart(18)} ${String(count).padStart(8)} ${bar}`.trimEnd()
    }),
  ].map(line => (typeof line === 'string' ? line : `${line[0].padEnd(8)}${formatMilliseconds(line[1]).padStart(10)}`))
}
