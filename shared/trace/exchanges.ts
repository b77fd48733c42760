/**
 * Joins the events of both ends into exchanges, by conversation and number. An exchange has five steps: client sends,
 * server receives, server works, server sends, client has it. Pure.
 */
import type { ProtocolName } from '../protocols/index.ts'
import type { MessageEvent, Side, TraceEvent, TransferEvent } from './event.ts'
import { wrapText } from './wrap-text.ts'

type ContentEvent = MessageEvent | TransferEvent

/** A request and its response, as observed at both ends. A time is undefined if that end was not observed. */
export interface Exchange {
  readonly protocol: ProtocolName
  readonly conversation: string
  readonly number: number
  /** The messages and transfers in order, from the end that observed more of them. */
  readonly events: readonly ContentEvent[]
  readonly clientSentAt: number | undefined
  /** When the server had the whole request, with its content. */
  readonly serverReceivedAt: number | undefined
  /** When the server began its response to the whole request. */
  readonly serverSentAt: number | undefined
  readonly clientReceivedAt: number | undefined
}

/** Joins the events of both ends; exchanges are sorted by their start. */
export function joinExchanges(events: readonly TraceEvent[]): Exchange[] {
  const groups = new Map<string, ContentEvent[]>()
  for (const event of events) {
    if (event.kind !== 'message' && event.kind !== 'transfer') continue
    const key = `${event.conversation} ${event.exchange}`
    const group = groups.get(key)
    if (group) group.push(event)
    else groups.set(key, [event])
  }
  return [...groups.values()].map(toExchange).sort((a, b) => startOf(a) - startOf(b))
}

function toExchange(events: ContentEvent[]): Exchange {
  const observedBy = (side: Side) => events.filter(event => event.side === side).sort((a, b) => a.time - b.time)
  const [client, server] = [observedBy('client'), observedBy('server')]
  const { protocol, conversation, exchange } = events[0] as ContentEvent
  return {
    protocol,
    conversation,
    number: exchange,
    events: client.length >= server.length ? client : server,
    clientSentAt: client.find(isRequest)?.time,
    serverReceivedAt: server.findLast(isRequest)?.time,
    serverSentAt: firstResponse(server)?.time,
    clientReceivedAt: client.findLast(isResponse)?.time,
  }
}

function isRequest(event: ContentEvent): boolean {
  return event.direction === 'request'
}

function isResponse(event: ContentEvent): boolean {
  return event.direction === 'response'
}

/** Skips interim responses, to which the client sends content: 150 of FTP, 100 of HTTP. */
function firstResponse(events: readonly ContentEvent[]): ContentEvent | undefined {
  const afterRequest = events.slice(events.findLastIndex(isRequest) + 1)
  return afterRequest.find(isResponse) ?? events.find(isResponse)
}

function startOf({ clientSentAt, serverReceivedAt, serverSentAt, clientReceivedAt }: Exchange): number {
  return clientSentAt ?? serverReceivedAt ?? serverSentAt ?? clientReceivedAt ?? 0
}

/**
 * Formats exchanges as text: the addresses of each conversation once, then the five steps of every exchange, with times in
 * milliseconds since the first one began.
 *
 * @param width columns to wrap at; by default nothing is wrapped
 */
export function formatExchanges(exchanges: readonly Exchange[], width = Number.POSITIVE_INFINITY): string {
  const [first] = exchanges
  if (!first) return 'no exchanges\n'
  const origin = startOf(first)
  let conversation = ''
  const lines = exchanges.flatMap(exchange => {
    const heading = exchange.conversation === conversation ? [] : [headingOf(exchange)]
    conversation = exchange.conversation
    return [...heading, ...stepsOf(exchange, origin).flatMap(step => formatStep(step, width))]
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

function stepsOf(exchange: Exchange, origin: number): Step[] {
  const { clientSentAt, serverReceivedAt, serverSentAt, clientReceivedAt } = exchange
  const work =
    serverReceivedAt === undefined || serverSentAt === undefined
      ? undefined
      : Math.max(serverSentAt - serverReceivedAt, 0)
  const summaries = (direction: ContentEvent['direction'], mark: string) =>
    exchange.events.filter(event => event.direction === direction).map(event => `${mark} ${event.summary}`)
  const requests = summaries('request', '>')
  const requestSteps = [
    { name: '1 client sends', milliseconds: since(clientSentAt, origin), messages: requests },
    { name: '2 server receives', milliseconds: since(serverReceivedAt, origin) },
    { name: '3 server works', milliseconds: work?.toFixed(3) },
  ]
  return [
    // A greeting has no request.
    ...(requests.length === 0 ? [] : requestSteps),
    { name: '4 server sends', milliseconds: since(serverSentAt, origin) },
    { name: '5 client has it', milliseconds: since(clientReceivedAt, origin), messages: summaries('response', '<') },
  ]
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
