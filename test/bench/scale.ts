/**
 * `npm run bench:scale`: what one and two processes with `--reuse-port` and one PostgreSQL database serve of HTTP, SMTP and
 * DNS. They take turns in alternating rounds, each time in new processes with a new database; figures are medians. The load
 * generators and PostgreSQL run on the same machine, so the report has the cores that the servers used.
 *
 * Options: --node FILE (a Node that can share ports; default: the one that runs the bench), --processes N,N (default: 1,2),
 * --rounds N, --seconds N (of each run), --dist DIR (another build), --json FILE (writes the figures).
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { errorText } from '../../shared/errors.ts'
import { createDatabase, startPostgres } from '../helpers/postgres.ts'
import { isInstalled } from '../interop/tools.ts'
import { alternateRounds, median, table } from './rounds.ts'
import { checkNode } from './scale/check-node.ts'
import { LOADS } from './scale/loads.ts'
import { startProcesses } from './scale/processes.ts'

const { values } = parseArgs({
  options: {
    node: { type: 'string', default: process.execPath },
    processes: { type: 'string', default: '1,2' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '3' },
    dist: { type: 'string', default: fileURLToPath(new URL('../../dist', import.meta.url)) },
    json: { type: 'string' },
  },
})
const SECONDS = Number(values.seconds)
const COUNTS = values.processes.split(',').map(Number)

interface Figure {
  readonly perSecond: number
  /** CPU time of the servers per second. */
  readonly cores: number
}

/** The figures of each load. */
type Figures = Record<string, Figure[]>

/** Runs every load once, each after a warm-up; adds the figures. */
async function measure(count: number, folder: string, store: string, figures: Figures): Promise<void> {
  const processes = await startProcesses(count, { node: values.node, dist: values.dist, folder, store })
  const settings = { seconds: SECONDS, queries: path.join(folder, 'queries') }
  await writeFile(settings.queries, 'www.fourwire.test A\nmail.fourwire.test A\n_http._tcp.fourwire.test SRV\n')
  try {
    for (const [name, load] of Object.entries(LOADS)) {
      await load(processes.ports, settings)
      const [startedAt, cpu] = [performance.now(), await processes.cpuSeconds()]
      const perSecond = await load(processes.ports, settings)
      const cores = ((await processes.cpuSeconds()) - cpu) / ((performance.now() - startedAt) / 1000)
      figures[name] = [...(figures[name] ?? []), { perSecond, cores }]
    }
  } finally {
    await processes.stop()
  }
}

function report(all: readonly { count: number; figures: Figures }[]): string {
  const of = (figures: Figures, load: string, field: keyof Figure) =>
    median((figures[load] ?? []).map(figure => figure[field]))
  return Object.keys(LOADS)
    .map(load => {
      const first = of(all[0]?.figures ?? {}, load, 'perSecond')
      const rows = all.map(({ count, figures }) => {
        const speed = of(figures, load, 'perSecond')
        return [String(count), speed.toFixed(0), (speed / first).toFixed(2), of(figures, load, 'cores').toFixed(2)]
      })
      return `\n${load}\n${table([['processes', 'per second', `x ${COUNTS[0]}`, 'cores used'], ...rows])}`
    })
    .join('')
}

const version = await checkNode(values.node).catch((error: unknown) => {
  process.stderr.write(`${errorText(error)}\n`)
  process.exit(2)
})
for (const tool of ['wrk', 'smtp-source', 'dnsperf', 'postgres'] as const) {
  if (!isInstalled(tool)) throw new Error(`bench:scale needs ${tool}: npm run tools`)
}
const machine = { cpu: os.cpus()[0]?.model, cores: os.cpus().length, node: version, loadBefore: os.loadavg()[0] ?? 0 }
const cleanups: (() => unknown)[] = []
try {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'fourwire-bench-'))
  cleanups.push(() => rm(folder, { recursive: true, force: true }))
  const postgres = await startPostgres(cleanup => cleanups.push(cleanup))
  const all = COUNTS.map(count => ({ count, figures: {} as Figures }))
  const contestants = all.map(({ count, figures }) => ({
    name: String(count),
    run: async () => {
      const own = path.join(folder, 'run')
      await mkdir(own)
      try {
        await measure(count, own, await createDatabase(postgres), figures)
      } finally {
        await rm(own, { recursive: true })
      }
      return Number.NaN
    },
  }))
  await alternateRounds(contestants, Number(values.rounds))
  process.stdout.write(
    `${machine.cores} cores, shared with PostgreSQL and the load generator of each run; Node ${version}; ` +
      `load average before: ${machine.loadBefore.toFixed(1)}\n${report(all)}`,
  )
  if (values.json) await writeFile(values.json, `${JSON.stringify({ machine, results: all }, undefined, 2)}\n`)
} finally {
  for (const cleanup of cleanups.toReversed()) await cleanup()
}
