/**
 * `npm run fuzz:ftp [-- COMMANDS] [--seed N] [--skip N]`: sends valid and mutated commands to the FTP server over live sessions,
 * with data connections in both modes, over TLS in part, and ends the sessions in every way. The trace is read half of the time.
 * Fails if a session crashes the server, is a defect in its log, hangs, gets an invalid reply or anything of the files outside
 * the served folder, to which links lead; if one of those files changes; if memory or open files grow; or if the server then
 * does not serve. It prints the steps of a session that fails.
 */
import { readdirSync } from 'node:fs'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Client } from 'basic-ftp'
import fc from 'fast-check'
import { createLog, type Suite, startSuite } from '../../shared/launcher/index.ts'
import type { TraceEvent } from '../../shared/trace/event.ts'
import { LOWEST_COST } from '../helpers/password-cost.ts'
import { Canaries } from './ftp/canaries.ts'
import { FuzzFailure, play } from './ftp/play.ts'
import { type FuzzSession, session } from './ftp/sessions.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: 'string' }, skip: { type: 'string', default: '0' } },
})
const commands = Number(positionals[0] ?? 100_000)
const seed = Number(values.seed ?? Date.now() % 2 ** 31)
const first = Number(values.skip)

/** Commands of a session, on average at least. */
const COMMANDS_PER_SESSION = 5
const sessions = Math.ceil(commands / COMMANDS_PER_SESSION)

/** Sessions that run at the same time; most of them wait for a timeout of the server. */
const CONCURRENCY = 128
/** Sessions that are generated together. */
const BATCH = 500
/** Parts of the run, with a check of the files and a measurement after each. */
const PARTS = 10
/** Bytes that the heap may grow between the first measurement and the last. */
const MAX_GROWTH = 16 * 1024 * 1024
/** Open files that may be more at the last measurement than at the first. */
const MAX_MORE_FILES = 24
/** Milliseconds that the server may take to close what clients have closed. */
const MAX_SETTLE_MS = 5000
/** Short, because sessions run into them. */
const TIMEOUTS = { dataTimeout: 400, idleTimeout: 1500 }

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

function generate(index: number): FuzzSession[] {
  return fc.sample(session, { seed: seed + index / BATCH, numRuns: BATCH })
}

/** Each session has an address of its own, because the server delays an address that sends wrong passwords. */
function addressOf(index: number): string {
  return `127.1.${(index >> 8) & 255}.${index & 255 || 1}`
}

/** Plays the sessions from one index to another, several at a time. */
async function playRange(port: number, from: number, to: number, defects: readonly string[]): Promise<void> {
  let next = from
  let batch: FuzzSession[] = []
  let batchStart = -1
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
        await play(port, current, addressOf(index))
        if (defects.length > 0) throw new Error(`a defect: ${defects.join('')}`)
      } catch (error) {
        next = to
        process.stderr.write(describe(index, current, error))
        throw error
      }
      running.delete(index)
      played += current.steps.length
    }
  }
  const results = await Promise.allSettled(Array.from({ length: CONCURRENCY }, worker))
  const failed = results.find(result => result.status === 'rejected')
  if (failed) throw failed.reason
}

/** The sessions that run, by their index. */
const running = new Map<number, FuzzSession>()
/** Steps of the sessions that have ended. */
let played = 0

function describe(index: number, { login, tls, steps, ending }: FuzzSession, error: unknown): string {
  const received = error instanceof FuzzFailure ? JSON.stringify(error.received.toString('latin1', 0, 3000)) : ''
  const lines = steps.map(step => {
    if (step.kind === 'command') return JSON.stringify(step.bytes.toString('latin1'))
    const meanwhile = step.meanwhile ? JSON.stringify(step.meanwhile.toString('latin1')) : 'nothing'
    return `${step.mode} ${JSON.stringify(step.command.toString('latin1'))}, ${step.bytes} bytes, ${step.ending}; then ${meanwhile}`
  })
  return [
    `session ${index}, seed ${seed}: ${error instanceof Error ? error.message : error}`,
    `  repeat with: npm run fuzz:ftp -- 1 --seed ${seed} --skip ${index}`,
    `  login ${login}${tls ? ' over TLS' : ''}; steps, as latin1, then ${ending}:`,
    ...lines.map(text => `    ${text}`),
    `  received: ${received}`,
    '',
  ].join('\n')
}

/** Has the trace compute what a listener can read. */
function readEvent(event: TraceEvent): void {
  if ('summary' in event) JSON.stringify(event.summary)
  if ('bytes' in event) event.bytes
}

async function playAll(suite: Suite<'ftp'>, defects: readonly string[]): Promise<void> {
  const canaries = new Canaries(suite.dataFolder)
  await canaries.create()
  const measured: Measurement[] = []
  const started = performance.now()
  for (let part = 0; part < PARTS; part += 1) {
    const bounds = [part, part + 1].map(each => first + Math.floor((sessions * each) / PARTS))
    await canaries.resetServedFolder()
    const off = part % 2 === 0 ? () => {} : suite.trace.on(readEvent)
    await playRange(suite.ftp.port, bounds[0] ?? 0, bounds[1] ?? 0, defects)
    off()
    await canaries.check()
    await canaries.resetServedFolder()
    await checkThatItServes(suite.ftp.port)
    measured.push(await measure((measured[0]?.files ?? 0) + MAX_MORE_FILES / 2))
  }
  report(measured, (performance.now() - started) / 1000)
}

/** @throws Error if a client cannot download a file */
async function checkThatItServes(port: number): Promise<void> {
  const client = new Client()
  try {
    await client.access({ host: '127.0.0.1', port, user: 'alice', password: 'wonderland' })
    const output = new PassThrough()
    const content = text(output)
    await client.downloadTo(output, 'files/hello.txt')
    if ((await content) !== 'Hello from Fourwire.\n') throw new Error(`wrong content: ${await content}`)
  } finally {
    client.close()
  }
}

function report(measured: readonly Measurement[], seconds: number): void {
  const heap = measured.map(each => (each.heap / 1024 / 1024).toFixed(1)).join(' ')
  const files = measured.map(each => each.files).join(' ')
  process.stdout.write(
    `${played} commands in ${sessions} sessions in ${seconds.toFixed(0)} s, seed ${seed}; heap in MiB: ${heap}; open files: ${files}\n`,
  )
  const [before, after] = [measured[0], measured.at(-1)]
  if (!before || !after) return
  if (after.heap - before.heap > MAX_GROWTH) throw new Error('memory grows')
  if (after.files - before.files > MAX_MORE_FILES) throw new Error('open files grow')
}

async function main(): Promise<void> {
  const defects: string[] = []
  const log = await createLog('error', { write: text => defects.push(text) })
  process.on('warning', warning => defects.push(String(warning.stack)))
  const ftp = { port: 0, tlsPort: 0, maxConnections: 1000, ...TIMEOUTS }
  const suite = await startSuite({ services: ['ftp'], log, passwordCost: LOWEST_COST, tls: true, ftp })
  // The process ends then: the sessions that ran show why.
  process.on('uncaughtExceptionMonitor', () => {
    for (const [index, each] of running) process.stderr.write(describe(index, each, 'the process crashed'))
  })
  try {
    await playAll(suite, defects)
  } catch (error) {
    process.stderr.write(`fuzz:ftp: ${error instanceof Error ? error.message : error}\n`)
    process.exitCode = 1
  } finally {
    await suite.close()
  }
}

await main()
