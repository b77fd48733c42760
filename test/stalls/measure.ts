/** Measures every row of the table against one suite. */
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { median } from '../bench/rounds.ts'
import { FLOODS, type Flood } from './floods.ts'
import { MESSAGES } from './messages.ts'
import { Prober } from './probe.ts'
import type { Row } from './report.ts'
import { measureMessage } from './requests.ts'
import { findTooLong, type Stops, summarize } from './stop.ts'
import { type Output, type Suite, startSuite } from './suite.ts'

/** Repetitions of a row with a stop that is too long: one measurement on a busy machine proves nothing. */
const REPETITIONS_IF_TOO_LONG = 5
/** Measurements without load, and the milliseconds of each. */
const BASE = { count: 5, duration: 200 }

export interface Settings {
  /** The folder of the built package. */
  readonly dist: string
  /** Repetitions of each row. */
  readonly repetitions: number
  /** Only rows whose name contains it. */
  readonly only: string
}

export interface Figures {
  /** The longest latency without load, which is subtracted from the stops. */
  readonly base: number
  readonly rows: readonly Row[]
}

export async function measureStops({ dist, repetitions, only }: Settings, output: Output): Promise<Figures> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'fourwire-stalls-'))
  const suite = await startSuite(dist, folder, output)
  const prober = await Prober.start(suite)
  try {
    const base = await measureBase(prober)
    const rows: Row[] = []
    for (const { name, measure } of allRows(suite, prober)) {
      if (name.includes(only)) rows.push({ name, stops: await repeat(measure, repetitions, base) })
    }
    return { base, rows }
  } finally {
    await prober.close()
    await suite.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

function allRows(suite: Suite, prober: Prober) {
  return [
    ...MESSAGES.map(message => ({ name: message.name, measure: () => measureMessage(message, suite, prober) })),
    ...FLOODS.map(flood => ({ name: flood.name, measure: () => measureFlood(flood, suite, prober) })),
  ]
}

async function measureFlood({ action, prepare, run }: Flood, suite: Suite, prober: Prober): Promise<Stops> {
  await prepare?.(suite)
  const { duration } = await prober.during(() => run(suite))
  return { [action]: duration }
}

async function measureBase(prober: Prober): Promise<number> {
  const figures: number[] = []
  for (let count = 0; count < BASE.count; count += 1)
    figures.push((await prober.during(() => pause(BASE.duration))).duration)
  return median(figures)
}

/** Repeats a measurement as often as requested, and more often if a stop is too long. */
export async function repeat(measure: () => Promise<Stops>, repetitions: number, base: number): Promise<Stops> {
  const all: Stops[] = []
  let stops: Stops = {}
  do {
    all.push(await measure())
    stops = summarize(all, base)
  } while (all.length < repetitions || (all.length < REPETITIONS_IF_TOO_LONG && findTooLong(stops).length > 0))
  return stops
}
