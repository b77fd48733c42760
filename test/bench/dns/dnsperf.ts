/** Runs dnsperf against one server: at full speed, or at a steady rate to measure latencies. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { parseLatencies, parseRun, percentile, type Run } from './dnsperf-output.ts'

/**
 * One sending thread, since the server needs the other core. 100 outstanding queries keep the server busy and fit into its
 * socket buffer.
 */
const FULL_SPEED = ['-T', '1', '-q', '100']
const SOCKETS = 4
/**
 * At full speed a latency is only the queue length divided by the speed. Latencies are therefore measured at a rate
 * that every server sustains, from one client; `-v` prints each of them.
 */
const STEADY_RATE = ['-T', '1', '-c', '1', '-Q', '2000', '-v']
/** Seconds after which a query counts as lost. */
const TIMEOUT = ['-t', '1']
/** Bound on the output of `-v`. */
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024

export interface Target {
  readonly port: number
  /** Path of the query file. */
  readonly queries: string
  readonly seconds: number
  /** Sockets of the queries at full speed. Default: 4. */
  readonly sockets?: number
}

/** Measures the speed with as many queries as the server answers. */
export async function measureSpeed(target: Target): Promise<Run> {
  return parseRun(await dnsperf([...FULL_SPEED, '-c', String(target.sockets ?? SOCKETS)], target))
}

/** Measures the 99th percentile of latencies at a steady rate, in microseconds. */
export async function measureLatency(target: Target): Promise<number> {
  return percentile(await measureLatencies(target), 0.99) * 1e6
}

/** Measures the latency of every query at a steady rate, in seconds. */
export async function measureLatencies(target: Target): Promise<number[]> {
  return parseLatencies(await dnsperf(STEADY_RATE, target))
}

async function dnsperf(settings: readonly string[], { port, queries, seconds }: Target): Promise<string> {
  const target = ['-s', '127.0.0.1', '-p', String(port), '-d', queries, '-l', String(seconds)]
  const { stdout } = await promisify(execFile)('dnsperf', [...target, ...settings, ...TIMEOUT], {
    maxBuffer: MAX_OUTPUT_BYTES,
  })
  return stdout
}
