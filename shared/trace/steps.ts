/** The steps of exchanges: five of each, or those of a batch of pipelined commands together, with the statements between. Pure. */
import { type Moment, runsOf } from './batches.ts'
import type { Direction } from './dissector.ts'
import type { OpenEvent } from './event.ts'
import { type Exchange, startOf } from './exchanges.ts'

/** The columns of messages: the tiers that send them, except that a client's column has what it receives too. */
export type Column = 'client' | 'server' | 'database'

export interface Step {
  readonly name: string
  /** When it happened; undefined if that was not seen. */
  readonly at?: number | undefined
  /** How long it took, in place of `at`. */
  readonly lasts?: number | undefined
  readonly messages?: readonly string[]
  /** Default: `client`. */
  readonly column?: Column
}

/**
 * Returns the steps of a batch of exchanges.
 *
 * @param statements what the server sent to the database meanwhile
 * @param isFirst true for the first batch of its conversation
 */
export function stepsOf(batch: readonly Exchange[], statements: readonly Exchange[], isFirst: boolean): Step[] {
  const [exchange] = batch as [Exchange, ...Exchange[]]
  const steps = batch.length > 1 ? stepsOfBatch(batch) : stepsOfExchange(exchange, isFirst)
  const connections = batch.flatMap(({ dataConnections }) => dataConnections)
  return insertDataConnections(insertStatements(steps, statements), connections)
}

const STEPS = {
  1: '1 client sends',
  2: '2 server receives',
  3: '3 server works',
  4: '4 server sends',
  5: '5 client has it',
} as const

function stepsOfExchange(exchange: Exchange, isFirst: boolean): Step[] {
  const { clientSentAt, serverReceivedAt, serverSentAt, clientReceivedAt } = exchange
  const requests = summaries(exchange, 'request')
  const received = { at: clientReceivedAt, messages: summaries(exchange, 'response') }
  if (requests.length === 0) {
    const name = isFirst ? '  server greets' : '  server notifies'
    return [
      { name, at: serverSentAt },
      { name: '  client has it', ...received },
    ]
  }
  return [
    { name: STEPS[1], at: clientSentAt, messages: requests },
    { name: STEPS[2], at: serverReceivedAt },
    { name: STEPS[3], lasts: duration(serverReceivedAt, serverSentAt) },
    { name: STEPS[4], at: serverSentAt },
    { name: STEPS[5], ...received },
  ]
}

/** The server's work is shown once, after the first commands that it received. */
function stepsOfBatch(batch: readonly Exchange[]): Step[] {
  const runs = runsOf(batch)
  const times = (step: Moment['step']) => runs.flat().flatMap(moment => (moment.step === step ? [moment.time] : []))
  const [receivedAt] = times(2)
  const work = { name: STEPS[3], lasts: duration(receivedAt, times(4).at(-1)) }
  const unseen = [STEPS[2], STEPS[3], STEPS[4]].map(name => ({ name }))
  const firstReceived = runs.findIndex(([moment]) => moment?.step === 2)
  return runs.flatMap((run, index) => {
    const steps = stepsOfRun(run)
    if (index === firstReceived) return [...steps, work]
    return index === 0 && receivedAt === undefined ? [...steps, ...unseen] : steps
  })
}

/** What the client sends and receives is shown message by message; for the server, the number of messages is enough. */
function stepsOfRun(run: readonly Moment[]): Step[] {
  const { step, time } = run.at(-1) as Moment
  if (step === 2 || step === 4) {
    const noun = `${step === 2 ? 'request' : 'response'}${run.length === 1 ? '' : 's'}`
    return [{ name: STEPS[step], at: time, messages: [`  ${run.length} ${noun}`] }]
  }
  return run.map((moment, index) => ({
    name: index === 0 ? STEPS[step] : '',
    at: moment.time,
    messages: summaries(moment.exchange, step === 1 ? 'request' : 'response'),
  }))
}

interface OrderedStep {
  readonly orderedBy: number
  readonly step: Step
}

/**
 * Inserts the requests and results of statements in the order of time, but after the start of the server's work. Statements can
 * overlap, and end after the server sent its response.
 */
function insertStatements(steps: readonly Step[], statements: readonly Exchange[]): Step[] {
  const workAt = steps.findIndex(({ name }) => name === STEPS[3])
  // Sorting is stable: at the same time, a result follows its own request.
  const inserted = statements.flatMap(stepsOfStatement).sort((a, b) => a.orderedBy - b.orderedBy)
  const placed = steps.flatMap((step, index) => {
    const { at } = step
    if (index <= workAt || at === undefined) return [step]
    const later = inserted.findIndex(({ orderedBy }) => orderedBy >= at)
    return [...inserted.splice(0, later === -1 ? inserted.length : later).map(({ step }) => step), step]
  })
  return [...placed, ...inserted.map(({ step }) => step)]
}

/** Inserts the data connections of FTP in the order of time, but after the first step. */
function insertDataConnections(steps: readonly Step[], connections: readonly OpenEvent[]): Step[] {
  const all = [...steps]
  for (const { time, summary } of connections) {
    const later = all.findIndex(({ at }, index) => index > 0 && at !== undefined && at > time)
    const step = { name: '  data connection', at: time, messages: [`+ ${summary}`] }
    all.splice(later === -1 ? all.length : later, 0, step)
  }
  return all
}

/** A result that was not seen is ordered directly after the request. */
function stepsOfStatement(statement: Exchange): OrderedStep[] {
  const { clientSentAt, clientReceivedAt } = statement
  const [requests, responses] = [summaries(statement, 'request'), summaries(statement, 'response')]
  const start = startOf(statement)
  return [
    { orderedBy: start, step: { name: '  to database', at: clientSentAt, messages: requests, column: 'server' } },
    {
      orderedBy: clientReceivedAt ?? start,
      step: { name: '  from database', at: clientReceivedAt, messages: responses, column: 'database' },
    },
  ]
}

function summaries({ events }: Exchange, direction: Direction): string[] {
  const mark = direction === 'request' ? '>' : '<'
  return events
    .filter(event => event.direction === direction)
    .map(({ channel, summary }) => `${mark} ${channel === 'data' ? '(data) ' : ''}${summary}`)
}

function duration(from: number | undefined, to: number | undefined): number | undefined {
  return from === undefined || to === undefined ? undefined : Math.max(to - from, 0)
}
