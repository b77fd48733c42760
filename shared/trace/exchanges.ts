/**
 * Joins the events of both ends into exchanges, by conversation and number. An exchange has five steps: client sends,
 * server receives, server works, server sends, client has it. Pure.
 */
import type { TracedProtocolName } from '../protocols/index.ts'
import type { MessageEvent, OpenEvent, Side, TraceEvent, TransferEvent } from './event.ts'

type ContentEvent = MessageEvent | TransferEvent

/**
 * A request and its response, as observed at both ends. A time is undefined if that end was not observed. A greeting, and
 * any other response without a request, is an exchange of its own.
 */
export interface Exchange {
  readonly protocol: TracedProtocolName
  readonly conversation: string
  readonly number: number
  /** The conversation that caused it, if a server sent it while it handled a request. */
  readonly cause: string | undefined
  /** The messages and transfers in order, from the end that observed more of them. */
  readonly events: readonly ContentEvent[]
  /** The data connections that opened after its start and before that of the next one, as one end observed them. */
  readonly dataConnections: readonly OpenEvent[]
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
  const exchanges = [...groups.values()]
    .flatMap(group => (isUnsolicited(group) ? splitResponses(group) : [toExchange(group)]))
    .sort((a, b) => startOf(a) - startOf(b))
  return addDataConnections(exchanges, events.filter(isDataOpen))
}

function isDataOpen(event: TraceEvent): event is OpenEvent {
  return event.kind === 'open' && event.channel === 'data'
}

/** Uses the client's view of a conversation, or the server's if there is no other. */
function addDataConnections(exchanges: Exchange[], opened: readonly OpenEvent[]): Exchange[] {
  if (opened.length === 0) return exchanges
  const seenByClient = new Set(opened.filter(({ side }) => side === 'client').map(event => event.conversation))
  const views = opened.filter(({ side, conversation }) => side === 'client' || !seenByClient.has(conversation))
  const owned = new Map<Exchange | undefined, OpenEvent[]>()
  for (const view of views) {
    const { conversation, time } = view
    const owner = exchanges.findLast(exchange => exchange.conversation === conversation && startOf(exchange) <= time)
    owned.set(owner, [...(owned.get(owner) ?? []), view])
  }
  return exchanges.map(exchange => ({ ...exchange, dataConnections: owned.get(exchange) ?? [] }))
}

/** Number 0 is that of all responses without a request. */
function isUnsolicited(events: readonly ContentEvent[]): boolean {
  return events.every(({ exchange, direction }) => exchange === 0 && direction === 'response')
}

/** Returns one exchange for each response: both ends observe them in the same order. */
function splitResponses(events: readonly ContentEvent[]): Exchange[] {
  const client = events.filter(({ side }) => side === 'client')
  const server = events.filter(({ side }) => side === 'server')
  const longer = client.length >= server.length ? client : server
  return longer.map((_, index) => toExchange([client[index], server[index]].filter(event => event !== undefined)))
}

function toExchange(events: readonly ContentEvent[]): Exchange {
  const observedBy = (side: Side) => events.filter(event => event.side === side).sort((a, b) => a.time - b.time)
  const [client, server] = [observedBy('client'), observedBy('server')]
  const { protocol, conversation, exchange } = events[0] as ContentEvent
  return {
    protocol,
    conversation,
    number: exchange,
    // Only the end that sent the request knows it.
    cause: events.find(({ cause }) => cause !== undefined)?.cause,
    events: client.length >= server.length ? client : server,
    dataConnections: [],
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

/** Returns the time of the first step that was observed. An exchange has at least one event, so there is one. */
export function startOf({ clientSentAt, serverReceivedAt, serverSentAt, clientReceivedAt }: Exchange): number {
  return clientSentAt ?? serverReceivedAt ?? serverSentAt ?? (clientReceivedAt as number)
}
