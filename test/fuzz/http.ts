/**
 * `npm run fuzz:http [-- SESSIONS] [--seed N] [--skip N]`: sends mutated requests to the HTTP server, over HTTP/1.1 and
 * HTTP/2, some of them over TLS. The trace is read half of the time, and there are stubs for a third of it. Fails if a session crashes the server, is
 * a defect in its log, hangs, gets invalid responses, or if memory or open files grow. It prints the bytes of a session that
 * fails, and the smallest session that fails in the same way.
 */
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import fc from 'fast-check'
import { createLog, type SecureSuite, startSuite } from '../../shared/launcher/index.ts'
import type { Trace } from '../../shared/trace/trace.ts'
import { LOWEST_COST } from '../helpers/password-cost.ts'
import { play } from './http/play.ts'
import { type FuzzSession, session } from './http/sessions.ts'
import { LARGE_FILE } from './http/targets.ts'
import { Campaign, parseFuzzArguments, reportFailure } from './shared/campaign.ts'
import { FuzzFailure } from './shared/fuzz-failure.ts'

const NAME = 'fuzz:http'

const CONCURRENCY = 64
const MAX_MORE_FILES = 8
/** Idle connections last 5 s. */
const MAX_SETTLE_MS = 30_000
/** Milliseconds in which a smaller session is looked for. */
const MAX_SHRINK_MS = 60_000

/** The server under test. */
class HttpTarget {
  readonly suite: SecureSuite<'http' | 'smtp' | 'dns'>
  /** Lines of the log, and warnings of the process, since they were last read. */
  readonly defects: string[]
  cookie = ''
  /** Milliseconds of the slowest session. */
  slowest = 0
  played = 0

  private constructor(suite: HttpTarget['suite'], defects: string[]) {
    this.suite = suite
    this.defects = defects
  }

  static async start(): Promise<HttpTarget> {
    const defects: string[] = []
    const log = await createLog('error', { write: text => defects.push(text) })
    process.on('warning', warning => defects.push(String(warning.stack)))
    const services = ['http', 'smtp', 'dns'] as const
    const suite = await startSuite({
      services,
      log,
      passwordCost: LOWEST_COST,
      tls: true,
      http: { requestTimeout: 1000 },
    })
    const target = new HttpTarget(suite, defects)
    await writeFile(path.join(suite.dataFolder, 'www', LARGE_FILE.name), Buffer.alloc(LARGE_FILE.bytes, 'large '))
    await target.reset()
    return target
  }

  get trace(): Trace {
    return this.suite.trace
  }

  beforePart(part: number): void {
    if (part % 3 === 2) this.#addStubs()
  }

  afterPart(): Promise<void> {
    return this.reset()
  }

  /** Responds to `/stub/...`. While there are stubs, the server records requests and the trace is active. */
  #addStubs(): void {
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

  async play(fuzzSession: FuzzSession): Promise<void> {
    const { http, tls } = this.suite
    const { milliseconds } = await play({ ...http, ca: tls.ca }, fuzzSession, this.cookie)
    if (this.defects.length > 0) {
      throw new FuzzFailure(`a defect: ${this.defects.splice(0).join('')}`, Buffer.alloc(0))
    }
    this.slowest = Math.max(this.slowest, milliseconds)
    this.played += 1
  }
}

/** Looks for the smallest session that fails on its own. */
async function shrink(target: HttpTarget, campaign: Campaign<FuzzSession>, index: number): Promise<string> {
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
  const where = campaign.locate(index)
  const result = await fc.check(property, { ...where, numRuns: 1, interruptAfterTimeLimit: MAX_SHRINK_MS })
  const [smallest] = result.counterexample ?? []
  if (!smallest) return `session ${index} does not fail on its own\n`
  return `the smallest session that fails in the same way: ${campaign.describe(index, smallest, failure)}`
}

function describe({ alpn, parts, ending }: FuzzSession): string[] {
  const written = parts.map(part => `  ${JSON.stringify(part.toString('latin1'))}`)
  return [`parts${alpn ? ` over TLS (${alpn})` : ''}, as latin1, then ${ending}:`, ...written]
}

async function playAll(target: HttpTarget, campaign: Campaign<FuzzSession>): Promise<void> {
  try {
    const slowest = () => `the slowest took ${target.slowest.toFixed(0)} ms`
    await campaign.run(target, () => `${target.played} sessions (${slowest()})`)
  } finally {
    const { failed } = campaign
    if (failed !== undefined) process.stderr.write(await shrink(target, campaign, failed))
  }
}

async function main(): Promise<void> {
  const target = await HttpTarget.start()
  const campaign = new Campaign({
    name: NAME,
    sessions: session,
    ...parseFuzzArguments(),
    concurrency: CONCURRENCY,
    maxMoreFiles: MAX_MORE_FILES,
    maxSettleMs: MAX_SETTLE_MS,
    describe,
  })
  await reportFailure(NAME, () => playAll(target, campaign))
  await target.suite.close()
}

await main()
