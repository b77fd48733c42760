/** Plays generated sessions against a server, several at a time, in parts with a measurement after each. */
import { parseArgs } from 'node:util'
import fc from 'fast-check'
import type { TraceEvent } from '../../../shared/trace/event.ts'
import type { Trace } from '../../../shared/trace/trace.ts'
import { FuzzFailure } from './fuzz-failure.ts'
import { checkHeap, inMebibytes, type Measurement, measure, openFiles } from './measure.ts'

/** Sessions that are generated together. */
const BATCH = 500
/** Parts of a run. */
const PARTS = 10

interface FuzzArguments {
  readonly count: number
  readonly seed: number
  /** The index of the first session. */
  readonly first: number
}

/** Parses `[-- COUNT] [--seed N] [--skip N]`. */
export function parseFuzzArguments(): FuzzArguments {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { seed: { type: 'string' }, skip: { type: 'string', default: '0' } },
  })
  const seed = Number(values.seed ?? Date.now() % 2 ** 31)
  return { count: Number(positionals[0] ?? 100_000), seed, first: Number(values.skip) }
}

export interface CampaignOptions<Session> {
  /** The command: `fuzz:ftp`. */
  readonly name: string
  readonly sessions: fc.Arbitrary<Session>
  readonly seed: number
  /** The index of the first session. */
  readonly first: number
  /** The number of sessions. */
  readonly count: number
  /** Sessions that run at the same time. */
  readonly concurrency: number
  /** Open files that may be more at the last measurement than at the first. */
  readonly maxMoreFiles: number
  /** Milliseconds that the server may take to close what clients have closed. */
  readonly maxSettleMs: number
  /** The lines that show a session. */
  describe(session: Session): readonly string[]
}

/** What a fuzzer does with its server. */
export interface Target<Session> {
  readonly trace: Trace
  /** Plays a session; throws if it fails. */
  play(session: Session, index: number): Promise<void>
  beforePart?(part: number): Promise<void> | void
  /** Checks the server, and restores its state. */
  afterPart(): Promise<void>
}

export class Campaign<Session> {
  readonly #options: CampaignOptions<Session>
  /** The sessions that run, by their index. */
  readonly #running = new Map<number, Session>()

  constructor(options: CampaignOptions<Session>) {
    this.#options = options
    // The process ends then: the sessions that ran show why.
    process.on('uncaughtExceptionMonitor', () => {
      for (const [index, each] of this.#running) process.stderr.write(this.describe(index, each, 'the process crashed'))
    })
  }

  /** The index of the session that failed. */
  get failed(): number | undefined {
    return this.#running.keys().next().value
  }

  /** How fast-check generates a session again. */
  locate(index: number): { readonly seed: number; readonly path: string } {
    return { seed: this.#options.seed + Math.floor(index / BATCH), path: String(index % BATCH) }
  }

  /**
   * Plays all sessions, and prints the measurements. The trace is read in every other part.
   *
   * @param summary returns what was played, for the report
   * @throws Error if a session fails, or if memory or open files grow
   */
  async run(target: Target<Session>, summary: () => string): Promise<void> {
    const { first, count, maxMoreFiles, maxSettleMs } = this.#options
    const before = openFiles()
    const measured: Measurement[] = []
    const started = performance.now()
    for (let part = 0; part < PARTS; part += 1) {
      const [from = 0, to = 0] = [part, part + 1].map(each => first + Math.floor((count * each) / PARTS))
      await target.beforePart?.(part)
      const off = part % 2 === 0 ? () => {} : target.trace.on(readEvent)
      await this.#playRange(target, from, to)
      off()
      await target.afterPart()
      measured.push(await measure((measured[0]?.files ?? before) + maxMoreFiles, maxSettleMs))
    }
    const seconds = (performance.now() - started) / 1000
    process.stdout.write(`${summary()} in ${seconds.toFixed(0)} s, seed ${this.#options.seed}; ${format(measured)}\n`)
    checkHeap(measured.map(each => each.heap))
    const more = (measured.at(-1)?.files ?? 0) - (measured[0]?.files ?? 0)
    if (more > maxMoreFiles) throw new Error('open files grow')
  }

  /** Plays the sessions from one index to another. */
  async #playRange(target: Target<Session>, from: number, to: number): Promise<void> {
    let next = from
    let batch: readonly Session[] = []
    let batchStart = -1
    const worker = async () => {
      while (next < to) {
        const index = next++
        const start = index - (index % BATCH)
        if (start !== batchStart) {
          batch = fc.sample(this.#options.sessions, { seed: this.locate(start).seed, numRuns: BATCH })
          batchStart = start
        }
        const session = batch[index % BATCH] as Session
        this.#running.set(index, session)
        try {
          await target.play(session, index)
        } catch (error) {
          next = to
          process.stderr.write(this.describe(index, session, error))
          throw error
        }
        this.#running.delete(index)
      }
    }
    const results = await Promise.allSettled(Array.from({ length: this.#options.concurrency }, worker))
    const failed = results.find(result => result.status === 'rejected')
    if (failed) throw failed.reason
  }

  /** Describes the failure of a session, and how to repeat it. */
  describe(index: number, session: Session, error: unknown): string {
    const { name, seed, describe } = this.#options
    const received = error instanceof FuzzFailure ? JSON.stringify(error.received.toString('latin1', 0, 3000)) : ''
    return [
      `session ${index}, seed ${seed}: ${error instanceof Error ? error.message : error}`,
      `  repeat with: npm run ${name} -- 1 --seed ${seed} --skip ${index}`,
      ...describe(session).map(line => `  ${line}`),
      `  received: ${received}`,
      '',
    ].join('\n')
  }
}

/** Has the trace compute what a listener can read. */
function readEvent(event: TraceEvent): void {
  if ('summary' in event) JSON.stringify(event.summary)
  if ('bytes' in event) event.bytes
}

function format(measured: readonly Measurement[]): string {
  const files = measured.map(each => each.files).join(' ')
  return `heap in MiB: ${inMebibytes(measured.map(each => each.heap))}; open files: ${files}`
}

/** Runs a fuzzer to its end; a failure sets the exit code. */
export async function reportFailure(name: string, run: () => Promise<void>): Promise<void> {
  try {
    await run()
  } catch (error) {
    process.stderr.write(`${name}: ${error instanceof Error ? error.message : error}\n`)
    process.exitCode = 1
  }
}
