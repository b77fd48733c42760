/** Loads a server with wrk, or with h2load for HTTP/2. */
import { execFile } from 'node:child_process'
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { promisify } from 'node:util'
import { type LoadFigures, parseOutput } from '../app/wrk.ts'
import { FLOOR } from './contestants.ts'
import type { Workload } from './workloads.ts'

const CONNECTIONS = 16
const STREAMS = 10

/** Returns requests per second and, with wrk, latencies. */
export async function load(name: string, base: string, workload: Workload, seconds: number): Promise<LoadFigures> {
  const { url, headers } = await target(name, base, workload)
  const fields = headers.flatMap(header => ['-H', header])
  if (workload.transport === 'h2') {
    const args = [
      '-t1',
      `-c${CONNECTIONS}`,
      `-m${STREAMS}`,
      '-D',
      String(seconds),
      '--warm-up-time',
      '0',
      ...fields,
      url,
    ]
    return parseH2load((await promisify(execFile)('h2load', args)).stdout)
  }
  const args = ['-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, '--latency', ...fields, url]
  return parseOutput((await promisify(execFile)('wrk', args)).stdout)
}

/** The floor has one constant for each workload; the others send 304 to a client that has the entity tag. */
async function target(name: string, base: string, { path, headers = [], isConditional }: Workload) {
  if (!isConditional) return { url: base + path, headers }
  if (name === FLOOR) return { url: `${base}/304`, headers: [...headers, 'If-None-Match: "2t06n-255s-hol2v80hk1"'] }
  const { etag, 'last-modified': date } = (await exchange(base + path, headers)).headers
  const conditions = [...(etag ? [`If-None-Match: ${etag}`] : []), ...(date ? [`If-Modified-Since: ${date}`] : [])]
  return { url: base + path, headers: [...headers, ...conditions] }
}

/** @throws Error that quotes the output if requests failed */
export function parseH2load(output: string): LoadFigures {
  const requestsPerSecond = Number(/^finished in [^,]+, ([\d.]+) req\/s/m.exec(output)?.[1])
  const failed = Number(/(\d+) failed/.exec(output)?.[1] ?? 0)
  if (Number.isNaN(requestsPerSecond) || failed > 0) throw new Error(`h2load failed: ${output}`)
  return { requestsPerSecond, p50: Number.NaN, p99: Number.NaN }
}

/** What a server sends for a workload, for a test that compares the servers. */
export async function fetchOnce(name: string, base: string, workload: Workload) {
  const { url, headers } = await target(name, base, workload)
  const { status, headers: received, length } = await exchange(url, headers)
  return { status, length, coding: received['content-encoding'] }
}

interface Received {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly length: number
}

/** Sends these fields only: `fetch` would add Accept-Encoding, and Cache-Control to a conditional request. */
function exchange(url: string, headers: readonly string[]): Promise<Received> {
  const fields = Object.fromEntries(headers.map(header => header.split(': ') as [string, string]))
  return new Promise((resolve, reject) => {
    const send = url.startsWith('https:') ? httpsRequest : httpRequest
    const sent = send(url, { headers: fields, rejectUnauthorized: false, agent: false }, response => {
      let length = 0
      response.on('data', (bytes: Buffer) => {
        length += bytes.length
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, length }))
    })
    sent.once('error', reject)
    sent.end()
  })
}
