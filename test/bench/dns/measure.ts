/** Measures one data set: starts every server, queries them in alternating rounds, and stops them. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { alternateRounds, median } from '../rounds.ts'
import type { RunningServer } from '../server-process.ts'
import { type Contestant, FLOOR } from './contestants.ts'
import { type DataSet, expectedNxdomain, type QueryMix } from './data-sets.ts'
import { measureLatency, measureSpeed } from './dnsperf.ts'
import type { Run } from './dnsperf-output.ts'

export interface Settings {
  readonly rounds: number
  /** Duration of each run of dnsperf. */
  readonly seconds: number
}

export interface Result {
  readonly queryMix: QueryMix
  readonly rows: readonly Row[]
}

export interface Row {
  readonly name: string
  /** The reason for missing figures. */
  readonly missing?: string
  readonly measured?: Measured
}

export interface Measured {
  /** Queries per second: the median of all rounds, then each round. */
  readonly speed: number
  readonly speeds: readonly number[]
  /** CPU time of the server per query, in microseconds; on a busy machine more reliable than the speed. */
  readonly cpu: number
  /** Latency in microseconds at a steady 2,000 queries per second: the median of all rounds. */
  readonly p99: number
  /** Seconds from the start of the process to the first answer. */
  readonly loadSeconds: number
  /** Bytes, after loading and before the first round. */
  readonly memory: number
  readonly lost: number
  /** Unexpected rcodes, or an unexpected share of NXDOMAIN. */
  readonly unexpected?: string
}

interface Entry {
  readonly name: string
  readonly server?: RunningServer
  readonly missing?: string
  readonly memory: number
}

/** The figures of one server for one query mix. */
interface Figures {
  readonly runs: Run[]
  /** CPU seconds per query, of each run. */
  readonly costs: number[]
  /** Microseconds, of each round. */
  readonly latencies: number[]
}

function emptyFigures(): Figures {
  return { runs: [], costs: [], latencies: [] }
}

/** Measures one data set with all its query mixes. Removes its folders and processes before it returns or throws. */
export async function measure(set: DataSet, contestants: readonly Contestant[], settings: Settings): Promise<Result[]> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'fourwire-bench-'))
  const entries: Entry[] = []
  try {
    for (const [index, contestant] of contestants.entries()) {
      entries.push(await startContestant(contestant, set, path.join(folder, String(index))))
    }
    const results: Result[] = []
    for (const queryMix of set.queryMixes) {
      const files = await writeQueries(queryMix, folder, settings.rounds)
      results.push({ queryMix, rows: await measureAll(entries, queryMix, files, settings) })
    }
    return results
  } finally {
    await Promise.all(entries.map(({ server }) => server?.stop()))
    await rm(folder, { recursive: true, force: true })
  }
}

/** Writes one query file per round. */
async function writeQueries(queryMix: QueryMix, folder: string, rounds: number): Promise<string[]> {
  const files = Array.from({ length: rounds }, (_, round) => path.join(folder, `queries-${round}`))
  for (const [round, file] of files.entries()) await writeFile(file, `${queryMix.queries(round).join('\n')}\n`)
  return files
}

/** Servers start one after another, so that none slows the loading of another. */
async function startContestant({ name, start }: Contestant, set: DataSet, folder: string): Promise<Entry> {
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
  queryMix: QueryMix,
  files: readonly string[],
  { rounds, seconds }: Settings,
): Promise<Row[]> {
  const measured = entries.map(entry => ({ entry, figures: emptyFigures() }))
  const contestants = measured.flatMap(({ entry: { name, server }, figures }) => {
    if (!server) return []
    const run = () => measureRound(server, files[figures.runs.length] ?? '', seconds, figures)
    return [{ name, run }]
  })
  await alternateRounds(contestants, rounds)
  const nxdomain = expectedNxdomain(queryMix.queries(0))
  return measured.map(({ entry, figures }) => toRow(entry, figures, nxdomain))
}

/** Measures one server for one round: returns the speed and adds all figures to `figures`. */
async function measureRound(
  server: RunningServer,
  queries: string,
  seconds: number,
  figures: Figures,
): Promise<number> {
  const target = { port: server.port, queries, seconds }
  const before = await server.cpuSeconds()
  const run = await measureSpeed(target)
  figures.costs.push(((await server.cpuSeconds()) - before) / (run.sent - run.lost))
  figures.runs.push(run)
  figures.latencies.push(await measureLatency({ ...target, seconds: 1 }))
  return run.queriesPerSecond
}

function toRow({ name, server, missing, memory }: Entry, { runs, costs, latencies }: Figures, nxdomain: number): Row {
  if (!server) return { name, missing: missing ?? '' }
  const speeds = runs.map(run => run.queriesPerSecond)
  // The floor looks up no names, so it never answers NXDOMAIN.
  const share = name === FLOOR.name ? 0 : nxdomain
  const unexpected = runs.map(run => unexpectedRcodes(run, share)).find(text => text !== undefined)
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
      ...(unexpected === undefined ? {} : { unexpected }),
    },
  }
}

/** Detects a server that is fast because it refuses. A run that ends inside the file has a slightly different share. */
const TOLERANCE = 0.01

function unexpectedRcodes({ rcodes }: Run, nxdomain: number): string | undefined {
  const { NOERROR = 0, NXDOMAIN = 0, ...others } = rcodes
  const otherRcodes = Object.entries(others).map(([rcode, count]) => `${count} ${rcode}`)
  if (otherRcodes.length > 0) return otherRcodes.join(', ')
  const share = NXDOMAIN / (NOERROR + NXDOMAIN)
  return Math.abs(share - nxdomain) > TOLERANCE ? `${(100 * share).toFixed(0)} % NXDOMAIN` : undefined
}
