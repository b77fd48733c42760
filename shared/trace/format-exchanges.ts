/** Formats exchanges as text: the five steps of each, or the steps of a batch of pipelined commands together. Pure. */
import { groupIntoBatches, type Moment, runsOf } from './batches.ts'
import type { Direction } from './dissector.ts'
import { type Exchange, startOf } from './exchanges.ts'
import { wrapText } from './wrap-text.ts'

/**
 * Formats exchanges as text: the addresses of each conversation once, then the steps of every exchange, with times in
 * milliseconds since the first one began. Commands that the client sent without waiting for replies are one batch, whose steps
 * are in the order in which they happened.
 *
 * @param width columns to wrap at; by default nothing is wrapped
 */
export function formatExchanges(exchanges: readonly Exchange[], width = Number.POSITIVE_INFINITY): string {
  const [first] = exchanges
  if (!first) return 'no exchanges\n'
  const origin = startOf(first)
  const started = new Set<string>()
  let conversation = ''
  const lines = groupIntoBatches(exchanges).flatMap(batch => {
    const [exchange] = batch as [Exchange, ...Exchange[]]
    const heading = exchange.conversation === conversation ? [] : [headingOf(exchange)]
    conversation = exchange.conversation
    const isFirst = !started.has(conversation)
    started.add(conversation)
    const steps = batch.length > 1 ? stepsOfBatch(batch, origin) : stepsOf(exchange, isFirst, origin)
    return [...heading, ...steps.flatMap(step => formatStep(step, width))]
  })
  return `${lines.join('\n')}\n`
}

function headingOf({ protocol, conversation }: Exchange): string {
  return `${protocol} ${conversation.slice(conversation.indexOf(':') + 1).replace('>', ' > ')}`
}

interface Step {
  readonly name: string
  /** `+1.500`, since the first exchange began, or a duration. */
  readonly milliseconds: string | undefined
  readonly messages?: readonly string[]
}

const STEPS = {
  1: '1 client sends',
  2: '2 server receives',
  3: '3 server works',
  4: '4 server sends',
  5: '5 client has it',
} as const

function stepsOf(exchange: Exchange, isFirst: boolean, origin: number): Step[] {
  const { clientSentAt, serverReceivedAt, serverSentAt, clientReceivedAt } = exchange
  const requests = summaries(exchange, 'request')
  const received = { milliseconds: since(clientReceivedAt, origin), messages: summaries(exchange, 'response') }
  if (requests.length === 0) {
    const name = isFirst ? '  server greets' : '  server notifies'
    return [
      { name, milliseconds: since(serverSentAt, origin) },
      { name: '  client has it', ...received },
    ]
  }
  return [
    { name: STEPS[1], milliseconds: since(clientSentAt, origin), messages: requests },
    { name: STEPS[2], milliseconds: since(serverReceivedAt, origin) },
    { name: STEPS[3], milliseconds: duration(serverReceivedAt, serverSentAt) },
    { name: STEPS[4], milliseconds: since(serverSentAt, origin) },
    { name: STEPS[5], ...received },
  ]
}

/** The server's work is shown once, after the first commands that it received. */
function stepsOfBatch(batch: readonly Exchange[], origin: number): Step[] {
  const runs = runsOf(batch)
  const times = (step: Moment['step']) => runs.flat().flatMap(moment => (moment.step === step ? [moment.time] : []))
  const [receivedAt] = times(2)
  const work = { name: STEPS[3], milliseconds: duration(receivedAt, times(4).at(-1)) }
  const unseen = [STEPS[2], STEPS[3], STEPS[4]].map(name => ({ name, milliseconds: undefined }))
  const firstReceived = runs.findIndex(([moment]) => moment?.step === 2)
  return runs.flatMap((run, index) => {
    const steps = stepsOfRun(run, origin)
    if (index === firstReceived) return [...steps, work]
    return index === 0 && receivedAt === undefined ? [...steps, ...unseen] : steps
  })
}

/** What the client sends and receives is shown message by message; for the server, the number of messages is enough. */
function stepsOfRun(run: readonly Moment[], origin: number): Step[] {
  const { step, time } = run.at(-1) as Moment
  if (step === 2 || step === 4) {
    const noun = `${step === 2 ? 'request' : 'response'}${run.length === 1 ? '' : 's'}`
    return [{ name: STEPS[step], milliseconds: since(time, origin), messages: [`  ${run.length} ${noun}`] }]
  }
  return run.map((moment, index) => ({
    name: index === 0 ? STEPS[step] : '',
    milliseconds: since(moment.time, origin),
    messages: summaries(moment.exchange, step === 1 ? 'request' : 'response'),
  }))
}

function summaries({ events }: Exchange, direction: Direction): string[] {
  const mark = direction === 'request' ? '>' : '<'
  return events.filter(event => event.direction === direction).map(({ summary }) => `${mark} ${summary}`)
}

const NAME_COLUMNS = 18
const TIME_COLUMNS = 12
/** The column of the mark before a message. The lines of a message begin after the mark. */
const MESSAGE_COLUMN = 2 + NAME_COLUMNS + TIME_COLUMNS + 2
const MIN_MESSAGE_COLUMNS = 20

function formatStep({ name, milliseconds, messages = [] }: Step, width: number): string[] {
  const time = milliseconds === undefined ? 'not seen' : `${milliseconds} ms`
  const head = `  ${name.padEnd(NAME_COLUMNS)}${time.padStart(TIME_COLUMNS)}`
  const columns = Math.max(width - MESSAGE_COLUMN - 2, MIN_MESSAGE_COLUMNS)
  const [first, ...others] = messages.flatMap(message =>
    wrapText(message.slice(2), columns).map((line, index) => `${index === 0 ? message.slice(0, 2) : '  '}${line}`),
  )
  if (first === undefined) return [head]
  return [`${head}  ${first}`, ...others.map(line => `${' '.repeat(MESSAGE_COLUMN)}${line}`)]
}

function since(time: number | undefined, origin: number): string | undefined {
  return time === undefined ? undefined : `+${(time - origin).toFixed(3)}`
}

function duration(from: number | undefined, to: number | undefined): string | undefined {
  return from === undefined || to === undefined ? undefined : Math.max(to - from, 0).toFixed(3)
}
