/** Measures one protocol: starts a process for each variant, loads them in alternating rounds, and stops them. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { alternateRounds, median } from '../rounds.ts'
import type { RunningServer } from '../server-process.ts'
import { LOADS, QUERIES } from './loads.ts'
import type { TracedResult } from './report.ts'
import { type BenchProtocol, clearOutput, type Variant } from './variants.ts'

export interface Settings {
  readonly rounds: number
  /** Duration of each run, about. */
  readonly seconds: number
}

/** Rounds before the measured ones: Node compiles the code that runs often, and more of it runs with a trace. */
const WARM_UP_ROUNDS = 3

interface Entry {
  readonly variant: Variant
  readonly server: RunningServer
  readonly folder: string
}

/** Removes its folders and processes before it returns or throws. */
export async function measureProtocol(
  protocol: BenchProtocol,
  variants: readonly Variant[],
  { rounds, seconds }: Settings,
): Promise<TracedResult[]> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'fourwire-bench-'))
  const entries: Entry[] = []
  try {
    const queries = path.join(folder, 'queries')
    await writeFile(queries, `${QUERIES.join('\n')}\n`)
    for (const [index, variant] of variants.entries()) {
      const own = path.join(folder, String(index))
      await mkdir(own)
      entries.push({ variant, folder: own, server: await variant.start(protocol, own) })
    }
    const measured = entries.map(entry => ({ ...entry, costs: [] as number[] }))
    const contestants = measured.map(({ variant: { name }, server, folder, costs }) => ({
      name,
      run: async () => {
        const before = await server.cpuSeconds()
        const { perSecond, count } = await LOADS[protocol].run({ port: server.port, seconds, queries })
        costs.push(((await server.cpuSeconds()) - before) / count)
        await clearOutput(folder)
        return perSecond
      },
    }))
    await alternateRounds(contestants, WARM_UP_ROUNDS)
    for (const { costs } of measured) costs.length = 0
    const results = await alternateRounds(contestants, rounds)
    return withRatios(results.map((result, index) => ({ ...result, ...toFigures(measured[index]) })))
  } finally {
    await Promise.all(entries.map(({ server }) => server.stop()))
    await rm(folder, { recursive: true, force: true })
  }
}

function toFigures(entry: { readonly variant: Variant; readonly costs: readonly number[] } | undefined) {
  return { base: entry?.variant.base ?? '', costs: entry?.costs ?? [] }
}

/** Adds the ratios. Figures of one round are compared with each other, because the machine's speed changes. */
export function withRatios(results: readonly Omit<TracedResult, 'ratio' | 'cpuRatio'>[]): TracedResult[] {
  return results.map(result => {
    const base = results.find(({ name }) => name === result.base)
    const ratios = result.all.map((figure, round) => figure / (base?.all[round] ?? Number.NaN))
    const cpuRatios = result.costs.map((cost, round) => (base?.costs[round] ?? Number.NaN) / cost)
    return { ...result, ratio: median(ratios), cpuRatio: median(cpuRatios) }
  })
}
