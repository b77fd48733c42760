/** Groups exchanges into batches: pipelined commands, whose steps overlap in time. Pure. */
import { type Exchange, startOf } from './exchanges.ts'

/** The steps of an exchange that have a time. The third step, the server's work, is a duration. */
export type StepNumber = 1 | 2 | 4 | 5

/** A step of an exchange. */
export interface Moment {
  readonly step: StepNumber
  readonly time: number
  readonly exchange: Exchange
}

/**
 * Groups exchanges that overlap. A client that waits for each response makes batches of one exchange.
 *
 * @param exchanges sorted by their start
 * @returns batches sorted by their start
 */
export function groupIntoBatches(exchanges: readonly Exchange[]): Exchange[][] {
  const batches: Exchange[][] = []
  const lastOfConversation = new Map<string, Exchange[]>()
  for (const exchange of exchanges) {
    const batch = lastOfConversation.get(exchange.conversation)
    if (batch?.some(earlier => overlaps(earlier, exchange))) {
      batch.push(exchange)
      continue
    }
    const started = [exchange]
    lastOfConversation.set(exchange.conversation, started)
    batches.push(started)
  }
  return batches
}

/** True if `later` begins before `earlier` ends, by the clock of one end. */
function overlaps(earlier: Exchange, later: Exchange): boolean {
  if (later.clientSentAt !== undefined && earlier.clientReceivedAt !== undefined)
    return later.clientSentAt < earlier.clientReceivedAt
  if (later.serverReceivedAt === undefined || earlier.serverSentAt === undefined) return false
  return later.serverReceivedAt < earlier.serverSentAt
}

/** Returns the steps of a batch in the order in which they happened, as runs of the same step. */
export function runsOf(batch: readonly Exchange[]): Moment[][] {
  const moments = batch
    .flatMap(momentsOf)
    .sort((a, b) => a.orderedBy - b.orderedBy || a.moment.step - b.moment.step)
    .map(({ moment }) => moment)
  const runs: Moment[][] = []
  for (const moment of moments) {
    const run = runs.at(-1)
    if (run?.[0]?.step === moment.step) run.push(moment)
    else runs.push([moment])
  }
  return runs
}

/** A step is never ordered before the previous one, even if the clocks of the two ends differ slightly. */
function momentsOf(exchange: Exchange): { orderedBy: number; moment: Moment }[] {
  let orderedBy = startOf(exchange)
  const steps: readonly (readonly [StepNumber, number | undefined])[] = [
    [1, exchange.clientSentAt],
    [2, exchange.serverReceivedAt],
    [4, exchange.serverSentAt],
    [5, exchange.clientReceivedAt],
  ]
  return steps.flatMap(([step, time]) => {
    if (time === undefined) return []
    orderedBy = Math.max(orderedBy, time)
    return [{ orderedBy, moment: { step, time, exchange } }]
  })
}
