/**
 * `npm run bench:app`: requests per second and latency of the application, for the package that `npm run build` built, beside
 * the same application on fastify and @fastify/session; on SQLite and on a PostgreSQL server of the bench's own. wrk sends
 * the requests over 16 connections: a page with 20 notices, the same as JSON, and a post that is on the disk when it is answered.
 *
 * The servers take turns in alternating rounds, each time in a new process; figures are medians.
 *
 * Options: --rounds N, --seconds N (of each run), --dist DIR (another build), --json FILE (writes the figures).
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { createDatabase, startPostgres } from '../helpers/postgres.ts'
import { isInstalled } from '../interop/tools.ts'
import { type Contestant, contestants, FASTIFY } from './app/contestants.ts'
import { type Load, type LoadFigures, runWrk } from './app/wrk.ts'
import { alternateRounds, median, table } from './rounds.ts'
import type { RunningServer } from './server-process.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '3' },
    dist: { type: 'string', default: fileURLToPath(new URL('../../dist', import.meta.url)) },
    json: { type: 'string' },
  },
})
const SECONDS = Number(values.seconds)
const NOTICES = 20
const SCRIPT = fileURLToPath(new URL('./app/request.lua', import.meta.url))
const TEXT = JSON.stringify({ text: 'The printer works again. '.repeat(4) })

const WORKLOADS: Readonly<Record<string, (base: string, cookie: string) => Load>> = {
  'signed-in page': (base, cookie) => ({ method: 'GET', url: `${base}/app/notices`, cookie }),
  'JSON list': (base, cookie) => ({ method: 'GET', url: `${base}/api/notices`, cookie }),
  'durable post': (base, cookie) => ({ method: 'POST', url: `${base}/api/notices`, cookie, body: TEXT }),
}

type Figures = Record<string, LoadFigures[]>

async function signIn(base: string): Promise<string> {
  const response = await fetch(`${base}/api/sign-in`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ user: 'alice', password: 'wonderland' }),
  })
  const [cookie] = response.headers.getSetCookie()
  if (!response.ok || cookie === undefined) throw new Error(`cannot sign in: ${response.status}`)
  return cookie.split(';')[0] ?? ''
}

async function post(base: string, cookie: string): Promise<void> {
  const headers = { Cookie: cookie, 'Content-Type': 'application/json' }
  const response = await fetch(`${base}/api/notices`, { method: 'POST', headers, body: TEXT })
  if (response.status !== 201) throw new Error(`cannot post: ${response.status} ${await response.text()}`)
}

/** Runs every workload on a server once, each after a warm-up; adds the figures. */
async function measure({ port }: RunningServer, figures: Figures): Promise<void> {
  const base = `http://127.0.0.1:${port}`
  const cookie = await signIn(base)
  for (let count = 0; count < NOTICES; count += 1) await post(base, cookie)
  for (const [name, load] of Object.entries(WORKLOADS)) {
    await runWrk(load(base, cookie), SECONDS, SCRIPT)
    figures[name] = [...(figures[name] ?? []), await runWrk(load(base, cookie), SECONDS, SCRIPT)]
  }
}

function report(all: readonly { contestant: Contestant; figures: Figures }[]): string {
  return Object.keys(WORKLOADS)
    .map(workload => {
      const of = (figures: Figures, field: keyof LoadFigures) =>
        median((figures[workload] ?? []).map(figure => figure[field]))
      const rows = all.map(({ contestant, figures }) => {
        const peer = all.find(
          other => other.contestant.name === FASTIFY && other.contestant.database === contestant.database,
        )
        const speed = of(figures, 'requestsPerSecond')
        const ratio = speed / (peer ? of(peer.figures, 'requestsPerSecond') : Number.NaN)
        const latencies = [of(figures, 'p50'), of(figures, 'p99')].map(figure => figure.toFixed(1))
        return [`${contestant.name}, ${contestant.database}`, speed.toFixed(0), ratio.toFixed(2), ...latencies]
      })
      return `\n${workload}\n${table([['server', 'requests/s', 'x fastify', 'p50 ms', 'p99 ms'], ...rows])}`
    })
    .join('')
}

for (const tool of ['wrk', 'postgres'] as const) {
  if (!isInstalled(tool)) throw new Error(`bench:app needs ${tool}: npm run tools`)
}
const cleanups: (() => unknown)[] = []
try {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'fourwire-bench-'))
  cleanups.push(() => rm(folder, { recursive: true, force: true }))
  const postgres = await startPostgres(cleanup => cleanups.push(cleanup))
  const all = contestants(values.dist).map(contestant => ({ contestant, figures: {} as Figures }))
  await alternateRounds(
    all.map(({ contestant, figures }) => ({
      name: contestant.name,
      run: async () => {
        const own = path.join(folder, 'run')
        await mkdir(own)
        const server = await contestant.start(own, () => createDatabase(postgres))
        try {
          await measure(server, figures)
        } finally {
          await server.stop()
          await rm(own, { recursive: true })
        }
        return Number.NaN
      },
    })),
    Number(values.rounds),
  )
  process.stdout.write(report(all))
  const machine = { cpu: os.cpus()[0]?.model, cores: os.cpus().length, node: process.version }
  const results = all.map(({ contestant: { name, database }, figures }) => ({ name, database, figures }))
  if (values.json) await writeFile(values.json, `${JSON.stringify({ machine, results }, undefined, 2)}\n`)
} finally {
  for (const cleanup of cleanups.toReversed()) await cleanup()
}
