/** Runs wrk, the load generator: one thread, with connections that are kept open. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

export interface Load {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly cookie: string
  /** A JSON body. */
  readonly body?: string | undefined
  /** Default: 16. */
  readonly connections?: number | undefined
}

export interface LoadFigures {
  readonly requestsPerSecond: number
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
}

const CONNECTIONS = 16
/** Milliseconds of one unit of wrk's output. */
const UNITS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000 }

/**
 * @param script the path of `request.lua`
 * @throws Error if a response has an error status
 */
export async function runWrk(load: Load, seconds: number, script: string) {
  const { method, url, cookie, body = '', connections = CONNECTIONS } = load
  const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency', '-s', script, url]
  const env = { ...process.env, METHOD: method, COOKIE: cookie, BODY: body }
  const { stdout } = await promisify(execFile)('wrk', args, { env })
  return parseOutput(stdout)
}

/** @throws Error that quotes the output if it reports failed requests */
export function parseOutput(output: string): LoadFigures {
  const failures = /^.*(?:Non-2xx|Socket errors).*$/m.exec(output)?.[0]
  if (failures !== undefined) throw new Error(`requests failed: ${failures.trim()}`)
  const requestsPerSecond = Number(/^Requests\/sec:\s+([\d.]+)/m.exec(output)?.[1])
  if (Number.isNaN(requestsPerSecond)) throw new Error(`wrk printed no figures: ${output}`)
  return { requestsPerSecond, p50: latency(output, 50), p99: latency(output, 99) }
}

function latency(output: string, percent: number): number {
  const [, value, unit = ''] = new RegExp(`^\\s+${percent}%\\s+([\\d.]+)(\\w+)`, 'm').exec(output) ?? []
  return Number(value) * (UNITS[unit] ?? Number.NaN)
}
