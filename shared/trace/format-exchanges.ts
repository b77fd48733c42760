/** Formats exchanges as text: the five steps of each, or the steps of a batch of pipelined commands together. Pure. */
import { groupIntoBatches } from './batches.ts'
import { type Exchange, startOf } from './exchanges.ts'
import { attributeStatements, type Database, databaseOf } from './statements.ts'
import { type Column, type Step, stepsOf } from './steps.ts'
import { wrapText } from './wrap-text.ts'

/**
 * Formats exchanges as text: the addresses of each conversation once, then the steps of every exchange, with times in
 * milliseconds since the first one began. Commands that the client sent without waiting for replies are one batch, whose steps
 * are in the order in which they happened. Statements for the database are within the server's work on the exchange that caused
 * them, in a column of their own.
 *
 * @param width columns to wrap at; by default nothing is wrapped
 */
export function formatExchanges(exchanges: readonly Exchange[], width = Number.POSITIVE_INFINITY): string {
  const [first] = exchanges
  if (!first) return 'no exchanges\n'
  const origin = startOf(first)
  const started = new Set<string>()
  const { exchanges: all, statementsOf } = attributeStatements(exchanges)
  const conversations = new Set(all.map(exchange => exchange.conversation))
  const headingOf = (exchange: Exchange) => {
    const own = all.filter(({ conversation }) => conversation === exchange.conversation)
    return [
      formatHeading(exchange, conversations),
      ...formatColumns(exchange.protocol, own.flatMap(statementsOf).map(databaseOf), width),
    ]
  }
  let conversation = ''
  const lines = groupIntoBatches(all).flatMap(batch => {
    const [exchange] = batch as [Exchange, ...Exchange[]]
    const heading = exchange.conversation === conversation ? [] : headingOf(exchange)
    conversation = exchange.conversation
    const isFirst = !started.has(conversation)
    started.add(conversation)
    const steps = stepsOf(batch, batch.flatMap(statementsOf), isFirst)
    return [...heading, ...steps.flatMap(step => formatStep(step, origin, width))]
  })
  return `${lines.join('\n')}\n`
}

/** Names the conversation that caused this one if it is shown too: by its client, which is enough to find it. */
function formatHeading({ protocol, conversation, cause }: Exchange, shown: ReadonlySet<string>): string {
  const addresses = conversation.slice(conversation.indexOf(':') + 1).replace('>', ' > ')
  const reason =
    cause !== undefined && shown.has(cause) ? ` (caused by ${cause.replace(':', ' ').replace(/>.*/, '')})` : ''
  return `${protocol} ${addresses}${reason}`
}

const NAME_COLUMNS = 18
const TIME_COLUMNS = 12
const MESSAGE_COLUMN = 2 + NAME_COLUMNS + TIME_COLUMNS + 2
/** The columns of the marks before messages, by their sender. The lines of a message begin after the mark. */
const COLUMNS: Readonly<Record<Column, number>> = {
  client: MESSAGE_COLUMN,
  server: MESSAGE_COLUMN + 8,
  database: MESSAGE_COLUMN + 21,
}
const MIN_MESSAGE_COLUMNS = 20

/** The names of the three columns, if there are statements; before them, which databases have no socket. */
function formatColumns(protocol: string, databases: readonly Database[], width: number): string[] {
  if (databases.length === 0) return []
  // The client of a mail that the application submits is the application itself.
  const server = protocol === 'http' ? 'application' : 'server'
  const notes = databases
    .filter(({ isEmbedded }) => isEmbedded)
    .map(({ name }) => `${name} runs in the process of the ${server}: no socket`)
  const titles = databases.map(({ name, isEmbedded }) => `database ${isEmbedded ? `(${name})` : name}`)
  const names = `${' '.repeat(COLUMNS.client)}${'client'.padEnd(COLUMNS.server - COLUMNS.client)}${server}`
  const [first = '', ...others] = wrapText(
    [...new Set(titles)].join(', '),
    Math.max(width - COLUMNS.database, MIN_MESSAGE_COLUMNS),
  )
  return [
    ...[...new Set(notes)].flatMap(note =>
      wrapText(note, Math.max(width - 2, MIN_MESSAGE_COLUMNS)).map(line => `  ${line}`),
    ),
    `${names.padEnd(COLUMNS.database)}${first}`,
    ...others.map(line => `${' '.repeat(COLUMNS.database)}${line}`),
  ]
}

function formatStep(step: Step, origin: number, width: number): string[] {
  const { name, messages = [], column = 'client' } = step
  const head = `  ${name.padEnd(NAME_COLUMNS)}${timeOf(step, origin).padStart(TIME_COLUMNS)}`
  const start = COLUMNS[column]
  const columns = Math.max(width - start - 2, MIN_MESSAGE_COLUMNS)
  const [first, ...others] = messages.flatMap(message =>
    wrapText(message.slice(2), columns).map((line, index) => `${index === 0 ? message.slice(0, 2) : '  '}${line}`),
  )
  if (first === undefined) return [head]
  return [`${head.padEnd(start)}${first}`, ...others.map(line => `${' '.repeat(start)}${line}`)]
}

/** `+1.500 ms` since the first exchange began, or a duration. */
function timeOf({ at, lasts }: Step, origin: number): string {
  if (lasts !== undefined) return `${lasts.toFixed(3)} ms`
  return at === undefined ? 'not seen' : `+${(at - origin).toFixed(3)} ms`
}
