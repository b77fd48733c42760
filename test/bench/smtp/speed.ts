/** Measures messages per second: every server in alternating rounds, each time in a new process. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { alternateRounds, median } from '../rounds.ts'
import type { RunningServer } from '../server-process.ts'
import type { Contestant } from './contestants.ts'
import { type Mode, SESSIONS, sendMessages } from './smtp-source.ts'

export interface Settings {
  readonly rounds: number
  /** Duration of each run, about. */
  readonly seconds: number
}

export interface Speed {
  readonly name: string
  /** The reason for missing figures. */
  readonly missing?: string
  /** Messages per second: the median of all rounds, then each round. */
  readonly speed: number
  readonly speeds: readonly number[]
  /** CPU time of the server per message in microseconds, all threads: the median of all rounds. */
  readonly cpu: number
}

/** Messages of the first run, from which the bench learns the speed of the server. */
const PROBE_MESSAGES = 100
/** Duration of the runs before the measured one: Node compiles the code that runs often. */
const WARM_UP_SECONDS = 3
const WARM_UP_RUNS = 6
/** Messages of one run: what a server in memory holds. */
const MAX_MESSAGES = 40_000

export async function measureSpeeds(
  contestants: readonly Contestant[],
  mode: Mode,
  settings: Settings,
): Promise<Speed[]> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'fourwire-bench-'))
  try {
    const entries = contestants.map(contestant => new Entry(contestant, mode, settings.seconds, folder))
    await alternateRounds(entries, settings.rounds)
    return entries.map(entry => entry.result)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** One server in one mode, with its figures so far. */
class Entry {
  readonly #contestant: Contestant
  readonly #mode: Mode
  readonly #seconds: number
  readonly #folder: string
  readonly #speeds: number[] = []
  readonly #costs: number[] = []
  #missing: string | undefined

  constructor(contestant: Contestant, mode: Mode, seconds: number, folder: string) {
    this.#contestant = contestant
    this.#mode = mode
    this.#seconds = seconds
    this.#folder = path.join(folder, contestant.name)
  }

  get name(): string {
    return this.#contestant.name
  }

  get result(): Speed {
    const [speed, cpu] = [median(this.#speeds), median(this.#costs) * 1e6]
    const figures = { name: this.name, speed, cpu, speeds: this.#speeds }
    return this.#missing === undefined ? figures : { ...figures, missing: this.#missing }
  }

  /** One round. A server that has failed is not started again. */
  async run(): Promise<number> {
    if (this.#missing !== undefined) return Number.NaN
    await mkdir(this.#folder)
    try {
      const server = await this.#contestant.start(this.#folder)
      try {
        return await this.#measure(server)
      } finally {
        await server.stop()
      }
    } catch (error) {
      this.#missing = error instanceof Error ? error.message : String(error)
      return Number.NaN
    } finally {
      await rm(this.#folder, { recursive: true, force: true })
    }
  }

  async #measure(server: RunningServer): Promise<number> {
    const count = messagesFor(await this.#warmUp(server), this.#seconds)
    const before = await server.cpuSeconds()
    const speed = await this.#send(server, count)
    this.#costs.push(((await server.cpuSeconds()) - before) / count)
    this.#speeds.push(speed)
    return speed
  }

  /** Sends until the time is over, because a server that starts slowly would otherwise be measured half warm. */
  async #warmUp(server: RunningServer): Promise<number> {
    const endsAt = performance.now() + WARM_UP_SECONDS * 1000
    let speed = await this.#send(server, PROBE_MESSAGES)
    while (performance.now() < endsAt)
      speed = await this.#send(server, messagesFor(speed, WARM_UP_SECONDS / WARM_UP_RUNS))
    return speed
  }

  /** Resolves with messages per second. */
  async #send({ port }: RunningServer, count: number): Promise<number> {
    return count / (await sendMessages(port, this.#mode, count))
  }
}

/** Returns how many messages take about as long at a speed. */
export function messagesFor(speed: number, seconds: number): number {
  return Math.min(Math.max(Math.round(speed * seconds), SESSIONS), MAX_MESSAGES)
}
