/** One data set: every contestant is started, asked in alternating rounds, weighed, and ended. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { alternateRounds, median } from '../rounds.ts'
import { type Contestant, FLOOR } from './contestants.ts'
import { type DataSet, expectedNxdomain, type QueryMix } from './data-sets.ts'
import { measureLatency, measureSpeed } from './dnsperf.ts'
import type { Run } from './dnsperf-output.ts'
import type { RunningServer } from './process.ts'

export interface Settings {
  readonly rounds: number
  /** Of every run of dnsperf. */
  readonly seconds: number
}

export interface Result {
  readonly asking: QueryMix
  readonly rows: readonly Row[]
}

export interface Row {
  readonly name: string
  /** Why there are no figures. */
  readonly missing?: string
  readonly measured?: Measured
}

export interface Measured {
  /** Queries a second: the median of all rounds, and each. */
  readonly speed: number
  readonly speeds: readonly number[]
  /** Microseconds of processor time that the server took for a query: it says more than the speed on a busy machine. */
  readonly cpu: number
  /** Microseconds, at a steady 2,000 queries a second: the median of all rounds. */
  readonly p99: number
  /** From the start of the process to its first answer. */
  readonly loadSeconds: number
  /** Bytes, once loaded and before the first round. */
  readonly memory: number
  readonly lost: number
  /** What is not as the queries want it: another share of NXDOMAIN, other rcodes. */
  readonly doubt?: string
}

interface Entry {
  readonly name: string
  readonly server?: RunningServer
  readonly missing?: string
  readonly memory: number
}

/** What was found of one server that is asked in one way. */
interface Found {
  readonly runs: Run[]
  /** Processor seconds for a query, of each run. */
  readonly costs: number[]
  /** Microseconds, of each round. */
  readonly latencies: number[]
}

function nothingYet(): Found {
  return { runs: [], costs: [], latencies: [] }
}

/** Measures one data set, asked in all its ways. Folders and processes are gone when it returns, or throws. */
export async function measure(set: DataSet, contestants: readonly Contestant[], settings: Settings): Promise<Result[]> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'fourwire-bench-'))
  const entries: Entry[] = []
  try {
    for (const [index, contestant] of contestants.entries()) {
      entries.push(await begin(contestant, set, path.join(folder, String(index))))
    }
    const results: Result[] = []
    for (const asking of set.queryMixes) {
      const files = await writeQueries(asking, folder, settings.rounds)
      results.push({ asking, rows: await measureAll(entries, asking, files, settings) })
    }
    return results
  } finally {
    await Promise.all(entries.map(({ server }) => server?.stop()))
    await rm(folder, { recursive: true, force: true })
  }
}

/** One file a round. */
async function writeQueries(asking: QueryMix, folder: string, rounds: number): Promise<string[]> {
  const files = Array.from({ length: rounds }, (_, round) => path.join(folder, `queries-${round}`))
  for (const [round, file] of files.entries()) await writeFile(file, `${asking.queries(round).join('\n')}\n`)
  return files
}

/** One after the other, so that the time to load is each one's own. */
async function begin({ name, start }: Contestant, set: DataSet, folder: string): Promise<Entry> {
  await mkdir(folder)
  try {
    const server = await start(set, folder)
    return { name, server, memory: await server.memory() }
  } catch (error) {
    return { name, memory: Number.NaN, missing: error instanceof Error ? error.message : String(error) }
  }
}

async function measureAll(
  entries: readonly Entry[],
  asking: QueryMix,
  files: readonly string[],
  { rounds, seconds }: Settings,
): Promise<Row[]> {
  const asked = entries.map(entry => ({ entry, found: nothingYet() }))
  const contestants = asked.flatMap(({ entry: { name, server }, found }) => {
    if (!server) return []
    const run = () => measureRound(server, files[found.runs.length] ?? '', seconds, found)
    return [{ name, run }]
  })
  await alternateRounds(contestants, rounds)
  const nxdomain = expectedNxdomain(asking.queries(0))
  return asked.map(({ entry, found }) => toRow(entry, found, nxdomain))
}

/** Asks one server for one round; the speed is returned, and all figures are added to what was found. */
async function measureRound(server: RunningServer, queries: string, seconds: number, found: Found): Promise<number> {
  const target = { port: server.port, queries, seconds }
  const before = await server.cpuSeconds()
  const run = await measureSpeed(target)
  found.costs.push(((await server.cpuSeconds()) - before) / (run.sent - run.lost))
  found.runs.push(run)
  found.latencies.push(await measureLatency({ ...target, seconds: 1 }))
  return run.queriesPerSecond
}

function toRow({ name, server, missing, memory }: Entry, { runs, costs, latencies }: Found, nxdomain: number): Row {
  if (!server) return { name, missing: missing ?? '' }
  const speeds = runs.map(run => run.queriesPerSecond)
  // The floor finds no names, so it has none that are not there.
  const share = name === FLOOR.name ? 0 : nxdomain
  const doubt = runs.map(run => unexpectedRcodes(run, share)).find(text => text !== undefined)
  return {
    name,
    measured: {
      speed: median(speeds),
      speeds,
      cpu: median(costs) * 1e6,
      p99: median(latencies),
      loadSeconds: server.loadSeconds,
      memory,
      lost: runs.reduce((sum, run) => sum + run.lost, 0),
      ...(doubt === undefined ? {} : { doubt }),
    },
  }
}

/** A server that refuses is fast. A run cut short in the middle of the file has not quite the share that the file has. */
const TOLERANCE = 0.01

function unexpectedRcodes({ rcodes }: Run, nxdomain: number): string | undefined {
  const { NOERROR = 0, NXDOMAIN = 0, ...others } = rcodes
  const strange = Object.entries(others).map(([rcode, count]) => `${count} ${rcode}`)
  if (strange.length > 0) return strange.join(', ')
  const share = NXDOMAIN / (NOERROR + NXDOMAIN)
  return Math.abs(share - nxdomain) > TOLERANCE ? `${(100 * share).toFixed(0)} % NXDOMAIN` : undefined
}
