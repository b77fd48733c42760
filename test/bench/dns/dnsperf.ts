/** Runs dnsperf against one server: as many queries as it takes, or few enough for each one's latency to be its own. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { parseLatencies, parseRun, percentile, type Run } from './dnsperf-output.ts'

/**
 * One thread that sends, since the other core is the server's. 100 queries are outstanding at once, over four sockets:
 * enough for the server never to wait, few enough for its socket's buffer to hold them.
 */
const FULL_SPEED = ['-T', '1', '-c', '4', '-q', '100']
/**
 * A latency under full speed would be the length of the queue by the speed, which says nothing new. So latencies are
 * taken at a rate that every contestant keeps up with easily, from one client, each query's printed by `-v`.
 */
const STEADY_RATE = ['-T', '1', '-c', '1', '-Q', '2000', '-v']
/** A query that is not answered in this many seconds is lost. */
const TIMEOUT = ['-t', '1']
/** More than two thousand queries a second print in a few seconds. */
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024

export interface Target {
  readonly port: number
  /** The file of queries. */
  readonly queries: string
  readonly seconds: number
}

/** Asks as fast as answers come. */
export async function measureSpeed(target: Target): Promise<Run> {
  return parseRun(await dnsperf(FULL_SPEED, target))
}

/** The 99th percentile of the latencies at a steady rate, in microseconds. */
export async function measureLatency(target: Target): Promise<number> {
  return percentile(parseLatencies(await dnsperf(STEADY_RATE, target)), 0.99) * 1e6
}

async function dnsperf(settings: readonly string[], { port, queries, seconds }: Target): Promise<string> {
  const where = ['-s', '127.0.0.1', '-p', String(port), '-d', queries, '-l', String(seconds)]
  const { stdout } = await promisify(execFile)('dnsperf', [...where, ...settings, ...TIMEOUT], {
    maxBuffer: MAX_OUTPUT_BYTES,
  })
  return stdout
}
