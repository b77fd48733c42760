/**
 * The five steps: client sends, server receives, server works, server sends, client has it. Events of both ends are
 * joined into exchanges by their conversation and number. Pure.
 */
import type { ProtocolName } from '../protocols/index.ts'
import type { MessageEvent, Side, TraceEvent, TransferEvent } from './event.ts'

type ContentEvent = MessageEvent | TransferEvent

/** One request and its response, as seen from both ends. A time is missing where that end was not heard. */
export interface Exchange {
  readonly protocol: ProtocolName
  readonly conversation: string
  readonly number: number
  /** What was said, in order, as the end that told more of it saw it. */
  readonly events: readonly ContentEvent[]
  readonly clientSentAt: number | undefined
  readonly serverReceivedAt: number | undefined
  readonly serverSentAt: number | undefined
  readonly clientReceivedAt: number | undefined
}

/** Joins the events of both ends; exchanges come in the order in which they began. */
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
  const seen = (side: Side) => events.filter(event => event.side === side).sort((a, b) => a.time - b.time)
  const [client, server] = [seen('client'), seen('server')]
  const spoken = client.length >= server.length ? client : server
  const { protocol, conversation, exchange } = events[0] as ContentEvent
  const request = (event: ContentEvent) => event.direction === 'request'
  const response = (event: ContentEvent) => event.direction === 'response'
  return {
    protocol,
    conversation,
    number: exchange,
    events: spoken,
    clientSentAt: client.find(request)?.time,
    serverReceivedAt: server.findLast(request)?.time,
    serverSentAt: server.find(response)?.time,
    clientReceivedAt: client.findLast(response)?.time,
  }
}

function startOf({ clientSentAt, serverReceivedAt, serverSentAt, clientReceivedAt }: Exchange): number {
  return clientSentAt ?? serverReceivedAt ?? serverSentAt ?? clientReceivedAt ?? 0
}

/** The exchanges as text: each conversation's addresses once, then the five steps of every exchange, in milliseconds. */
export function formatExchanges(exchanges: readonly Exchange[]): string {
  const [first] = exchanges
  if (!first) return 'nothing was said\n'
  const origin = startOf(first)
  let conversation = ''
  const lines = exchanges.flatMap(exchange => {
    const heading = exchange.conversation === conversation ? [] : [headingOf(exchange)]
    conversation = exchange.conversation
    return [...heading, ...stepsOf(exchange, origin)]
  })
  return `${lines.join('\n')}\n`
}

function headingOf({ protocol, conversation }: Exchange): string {
  return `${protocol} ${conversation.slice(conversation.indexOf(':') + 1).replace('>', ' > ')}`
}

function stepsOf(exchange: Exchange, origin: number): string[] {
  const { clientSentAt, serverReceivedAt, serverSentAt, clientReceivedAt } = exchange
  const works =
    serverReceivedAt === undefined || serverSentAt === undefined
      ? undefined
      : Math.max(serverSentAt - serverReceivedAt, 0)
  const said = (direction: ContentEvent['direction']) =>
    exchange.events.filter(event => event.direction === direction).map(event => event.summary)
  const greeting = said('request').length === 0
  const steps = [
    ...(greeting
      ? []
      : [
          step('1 client sends', since(clientSentAt, origin), '>', said('request')),
          step('2 server receives', since(serverReceivedAt, origin)),
          step('3 server works', works === undefined ? undefined : `${works.toFixed(3)}`),
        ]),
    step('4 server sends', since(serverSentAt, origin)),
    step('5 client has it', since(clientReceivedAt, origin), '<', said('response')),
  ]
  return steps.flat()
}

const TEXT_COLUMN = 38

function step(name: string, milliseconds: string | undefined, mark = '', texts: readonly string[] = []): string[] {
  const time = milliseconds === undefined ? 'not seen' : `${milliseconds} ms`
  const head = `  ${name.padEnd(18)}${time.padStart(14)}`
  const [first, ...others] = texts
  if (first === undefined) return [head]
  return [
    `${head.padEnd(TEXT_COLUMN)}${mark} ${first}`,
    ...others.map(text => `${' '.repeat(TEXT_COLUMN)}${mark} ${text}`),
  ]
}

function since(time: number | undefined, origin: number): string | undefined {
  return time === undefined ? undefined : `+${(time - origin).toFixed(3)}`
}
