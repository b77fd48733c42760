/** Measures one protocol: starts a process for each variant, loads them in alternating rounds, and stops them. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { alternateRounds, median, type Result } from '../rounds.ts'
import type { RunningServer } from '../server-process.ts'
import { LOADS, QUERIES } from './loads.ts'
import type { TracedResult } from './report.ts'
import { type BenchProtocol, clearOutput, type Variant } from './variants.ts'

export interface Settings {
  readonly rounds: number
  /** Duration of each run, about. */
  readonly seconds: number
}

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
    const contestants = entries.map(({ variant: { name }, server: { port }, folder }) => ({
      name,
      run: async () => {
        const speed = await LOADS[protocol].run({ port, seconds, queries })
        await clearOutput(folder)
        return speed
      },
    }))
    // Node compiles the code that runs often.
    await alternateRounds(contestants, 1)
    return withRatios(variants, await alternateRounds(contestants, rounds))
  } finally {
    await Promise.all(entries.map(({ server }) => server.stop()))
    await rm(folder, { recursive: true, force: true })
  }
}

/** Adds the ratios. Figures of one round are compared with each other, because the machine's speed changes. */
export function withRatios(variants: readonly Pick<Variant, 'base'>[], results: readonly Result[]): TracedResult[] {
  return results.map((result, index) => {
    const base = variants[index]?.base ?? ''
    const baseFigures = results.find(({ name }) => name === base)?.all ?? []
    const ratios = result.all.map((figure, round) => figure / (baseFigures[round] ?? Number.NaN))
    return { ...result, base, ratio: median(ratios) }
  })
}
