/**
 * `npm run fuzz:http [-- SESSIONS] [--seed N] [--skip N]`: sends mutated requests to the HTTP server, over HTTP/1.1 and
 * HTTP/2. The trace is read half of the time, and there are stubs for a third of it. Fails if a session crashes the server, is
 * a defect in its log, hangs, gets invalid responses, or if memory or open files grow. It prints the bytes of a session that
 * fails, and the smallest session that fails likewise.
 */
import { readdirSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { createLog, type Suite, startSuite } from '../../shared/launcher/index.ts'
import type { TraceEvent } from '../../shared/trace/event.ts'
import { LOWEST_COST } from '../helpers/password-cost.ts'
import { FuzzFailure, play } from './http/play.ts'
import { type FuzzSession, session } from './http/sessions.ts'
import { LARGE_FILE } from './http/targets.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: 'string' }, skip: { type: 'string', default: '0' } },
})
const sessions = Number(positionals[0] ?? 100_000)
const seed = Number(values.seed ?? Date.now() % 2 ** 31)
const first = Number(values.skip)

/** Sessions that run at the same time. */
const CONCURRENCY = 64
/** Sessions that are generated together. */
const BATCH = 500
/** Parts of the run, with a measurement after each. */
const MEASUREMENTS = 10
/** Bytes that the heap may grow between the first measurement and the last. */
const MAX_GROWTH = 16 * 1024 * 1024
/** Open files that may be more at the last measurement than at the first. */
const MAX_MORE_FILES = 8
/** Milliseconds that the server may take to close what clients have closed; idle connections last 5 s. */
const MAX_SETTLE_MS = 8000
/** Milliseconds in which a smaller session is looked for. */
const MAX_SHRINK_MS = 60_000

/** The server under test. */
class Target {
  readonly suite: Suite<'http' | 'smtp' | 'dns'>
  /** Lines of the log, and warnings of the process, since they were last read. */
  readonly defects: string[]
  cookie = ''

  private constructor(suite: Target['suite'], defects: string[]) {
    this.suite = suite
    this.defects = defects
  }

  static async start(): Promise<Target> {
    const defects: string[] = []
    const log = await createLog('error', { write: text => defects.push(text) })
    process.on('warning', warning => defects.push(String(warning.stack)))
    const services = ['http', 'smtp', 'dns'] as const
    const suite = await startSuite({ services, log, passwordCost: LOWEST_COST, http: { requestTimeout: 1000 } })
    const target = new Target(suite, defects)
    await writeFile(path.join(suite.dataFolder, 'www', LARGE_FILE.name), Buffer.alloc(LARGE_FILE.bytes, 'large '))
    await target.reset()
    return target
  }

  /** Responds to `/stub/...`. While there are stubs, the server records requests and the trace is active. */
  addStubs(): void {
    const { http } = this.suite
    http.stub('/stub/list', [503, { status: 200, json: { id: 1 } }, { status: 204 }])
    http.stub('/stub/chunks', { body: ['one', 'two'], trailers: { 'X-Sum': '1' }, delay: 5 })
    http.stub('/stub/function', async request => ({ status: 200, json: [request.path, request.headers] }))
    http.stub('/stub/abort', { abort: true })
    http.stub('POST /stub/json', 201, { where: { json: { sku: 'tea' } } })
  }

  /** Restores the state of the start, and signs in. */
  async reset(): Promise<void> {
    await this.suite.reset()
    const body = new URLSearchParams({ user: 'alice', password: 'wonderland' })
    const response = await fetch(new URL('/api/sign-in', this.suite.http.url), { method: 'POST', body })
    this.cookie = /session=([^;]+)/.exec(response.headers.get('set-cookie') ?? '')?.[1] ?? ''
    if (this.cookie === '') throw new Error(`the server does not serve: ${response.status} ${await response.text()}`)
    await response.arrayBuffer()
  }

  async play(fuzzSession: FuzzSession): Promise<number> {
    const { milliseconds } = await play(this.suite.http.port, fuzzSession, this.cookie)
    if (this.defects.length > 0) {
      throw new FuzzFailure(`a defect: ${this.defects.splice(0).join('')}`, Buffer.alloc(0))
    }
    return milliseconds
  }
}

interface Measurement {
  readonly heap: number
  readonly files: number
}

/** Measures when the server has closed the connections. */
async function measure(fewestFiles: number): Promise<Measurement> {
  const end = performance.now() + MAX_SETTLE_MS
  while (openFiles() > fewestFiles && performance.now() < end) await new Promise(resolve => setTimeout(resolve, 50))
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  return { heap: process.memoryUsage().heapUsed, files: openFiles() }
}

function openFiles(): number {
  return readdirSync('/proc/self/fd').length
}

function generate(index: number): readonly FuzzSession[] {
  return fc.sample(session, { seed: seed + index / BATCH, numRuns: BATCH })
}

interface Progress {
  /** The sessions that run, by their index. */
  readonly running: Map<number, FuzzSession>
  slowest: number
  played: number
}

/** Plays the sessions from one index to another; several at a time. */
async function playRange(target: Target, progress: Progress, from: number, to: number): Promise<void> {
  let next = from
  let batch: readonly FuzzSession[] = []
  let batchStart = -1
  const { running } = progress
  const worker = async () => {
    while (next < to) {
      const index = next++
      const start = index - (index % BATCH)
      if (start !== batchStart) {
        batch = generate(start)
        batchStart = start
      }
      const current = batch[index % BATCH] as FuzzSession
      running.set(index, current)
      try {
        progress.slowest = Math.max(progress.slowest, await target.play(current))
      } catch (error) {
        next = to
        process.stderr.write(describe(index, current, error))
        throw error
      }
      running.delete(index)
      progress.played += 1
    }
  }
  const results = await Promise.allSettled(Array.from({ length: CONCURRENCY }, worker))
  const failed = results.find(result => result.status === 'rejected')
  if (!failed) return
  const [index] = running.keys()
  if (index !== undefined) process.stderr.write(await shrink(target, index))
  throw failed.reason
}

/** Looks for the smallest session that fails on its own. */
async function shrink(target: Target, index: number): Promise<string> {
  target.defects.length = 0
  let failure: unknown
  const property = fc.asyncProperty(session, async each => {
    try {
      await target.play(each)
    } catch (error) {
      failure = error
      throw error
    }
  })
  const result = await fc.check(property, {
    seed: seed + (index - (index % BATCH)) / BATCH,
    path: String(index % BATCH),
    numRuns: 1,
    interruptAfterTimeLimit: MAX_SHRINK_MS,
  })
  const [smallest] = result.counterexample ?? []
  if (!smallest) return `session ${index} does not fail on its own\n`
  return `the smallest session that fails likewise: ${describe(index, smallest, failure)}`
}

function describe(index: number, { parts, ending }: FuzzSession, error: unknown): string {
  const written = parts.map(part => JSON.stringify(part.toString('latin1')))
  const received = error instanceof FuzzFailure ? JSON.stringify(error.received.toString('latin1', 0, 2000)) : ''
  return [
    `session ${index}, seed ${seed}: ${error instanceof Error ? error.message : error}`,
    `  repeat with: npm run fuzz:http -- 1 --seed ${seed} --skip ${index}`,
    `  parts, as latin1, then ${ending}:`,
    ...written.map(text => `    ${text}`),
    `  received: ${received}`,
    '',
  ].join('\n')
}

async function main(): Promise<void> {
  const target = await Target.start()
  const progress: Progress = { running: new Map(), slowest: 0, played: 0 }
  // The process ends then: the sessions that ran show why.
  process.on('uncaughtExceptionMonitor', () => {
    for (const [index, each] of progress.running) process.stderr.write(describe(index, each, 'the process crashed'))
  })
  try {
    await playAll(target, progress)
  } catch (error) {
    process.stderr.write(`fuzz:http: ${error instanceof Error ? error.message : error}\n`)
    process.exitCode = 1
  } finally {
    await target.suite.close()
  }
}

async function playAll(target: Target, progress: Progress): Promise<void> {
  const measured: Measurement[] = []
  const started = performance.now()
  for (let part = 0; part < MEASUREMENTS; part += 1) {
    const bounds = [part, part + 1].map(each => first + Math.floor((sessions * each) / MEASUREMENTS))
    const off = part % 2 === 0 ? () => {} : target.suite.trace.on(readEvent)
    if (part % 3 === 2) target.addStubs()
    await playRange(target, progress, bounds[0] ?? 0, bounds[1] ?? 0)
    off()
    await target.reset()
    measured.push(await measure((measured[0]?.files ?? 0) + MAX_MORE_FILES))
  }
  report(measured, progress, (performance.now() - started) / 1000)
}

/** Has the trace compute what a listener can read. */
function readEvent(event: TraceEvent): void {
  if ('summary' in event) JSON.stringify(event.summary)
  if ('bytes' in event) event.bytes
}

function report(measured: readonly Measurement[], { played, slowest }: Progress, seconds: number): void {
  const heap = measured.map(each => (each.heap / 1024 / 1024).toFixed(1)).join(' ')
  const files = measured.map(each => each.files).join(' ')
  process.stdout.write(
    `${played} sessions in ${seconds.toFixed(0)} s, seed ${seed}; the slowest took ${slowest.toFixed(0)} ms; heap in MiB: ${heap}; open files: ${files}\n`,
  )
  const [before, after] = [measured[0], measured.at(-1)]
  if (!before || !after) return
  if (after.heap - before.heap > MAX_GROWTH) throw new Error('memory grows')
  if (after.files - before.files > MAX_MORE_FILES) throw new Error('open files grow')
}

await main()
