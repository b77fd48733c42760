/**
 * `npm run bench:http`: requests per second of the HTTP server, untraced and with a listener that counts events, for the package
 * that `npm run build` built; beside nginx (one worker), @fastify/static, `serve`, `http-server`, and as the floor a bare node:http
 * that sends the same bytes as a constant. wrk keeps 16 connections open; h2load sends HTTP/2.
 *
 * The servers run one at a time, each in a new process, and take turns in alternating rounds, after a warm-up; figures are medians.
 * At the end: the memory of idle connections, and the latency of other clients beside them.
 *
 * Options: --rounds N, --seconds N (of each run), --only WORKLOAD (or `idle`), --dist DIR (another build), --json FILE (writes the figures).
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { isInstalled } from '../interop/tools.ts'
import type { LoadFigures } from './app/wrk.ts'
import { type Contestant, contestants, OURS } from './http/contestants.ts'
import { measureIdle } from './http/idle.ts'
import { load } from './http/load.ts'
import { type Measured, reportIdle, reportWorkload } from './http/report.ts'
import { createSite } from './http/site.ts'
import { WORKLOADS, type WorkloadName } from './http/workloads.ts'
import { alternateRounds } from './rounds.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '2' },
    only: { type: 'string' },
    dist: { type: 'string', default: fileURLToPath(new URL('../../dist', import.meta.url)) },
    json: { type: 'string' },
  },
})
const SECONDS = Number(values.seconds)
const WARM_UP_SECONDS = 1
const IDLE_CONNECTIONS = 10_000
const IDLE = 'idle'

for (const tool of ['wrk', 'nginx', 'h2load'] as const) {
  if (!isInstalled(tool)) throw new Error(`bench:http needs ${tool}: npm run tools`)
}
const names = Object.keys(WORKLOADS) as WorkloadName[]
const { only } = values
if (only !== undefined && ![...names, IDLE].includes(only)) {
  throw new Error(`--only ${only}: unknown workload. Use one of ${[...names, IDLE].join(', ')}`)
}

const folder = await mkdtemp(path.join(os.tmpdir(), 'fourwire-bench-'))
try {
  const site = await createSite(folder)
  const all = contestants(values.dist)
  const results: Record<string, readonly Measured[]> = {}
  for (const name of names.filter(workload => only === undefined || workload === only)) {
    results[name] = await measureWorkload(name, all)
    process.stdout.write(reportWorkload(`${name}: ${WORKLOADS[name].summary}`, results[name]))
  }
  const isIdleMeasured = only === undefined || only === IDLE
  const ours = all.find(({ name }) => name === OURS) as Contestant
  const idle = isIdleMeasured ? await measureIdle(ours, site, IDLE_CONNECTIONS, SECONDS) : undefined
  if (idle) process.stdout.write(reportIdle(OURS, idle))
  const machine = { cpu: os.cpus()[0]?.model, cores: os.cpus().length, node: process.version }
  if (values.json) await writeFile(values.json, `${JSON.stringify({ machine, results, idle }, undefined, 2)}\n`)

  async function measureWorkload(name: WorkloadName, candidates: readonly Contestant[]): Promise<Measured[]> {
    const workload = WORKLOADS[name]
    const able = candidates.filter(({ workloads }) => workloads.includes(name))
    const figures = new Map<string, LoadFigures[]>(able.map(contestant => [contestant.name, []]))
    const runs = able.map(contestant => ({
      name: contestant.name,
      run: async () => {
        const { server, base } = await contestant.start(site, workload)
        try {
          await load(contestant.name, base, workload, WARM_UP_SECONDS)
          const measured = await load(contestant.name, base, workload, SECONDS)
          figures.get(contestant.name)?.push(measured)
          return measured.requestsPerSecond
        } finally {
          await server.stop()
        }
      },
    }))
    await alternateRounds(runs, Number(values.rounds))
    return able.map(contestant => ({ name: contestant.name, figures: figures.get(contestant.name) ?? [] }))
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}
