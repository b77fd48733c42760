/** Formats conversations for the tour: the lines of each with the statements that it caused, then the time that the client waited and the server worked. Pure. */
import type { MessageEvent, TraceEvent, TransferEvent } from '../../trace/event.ts'
import { type Exchange, joinExchanges } from '../../trace/exchanges.ts'
import { paint } from '../../trace/sinks/terminal.ts'
import { attributeStatements } from '../../trace/statements.ts'

/** Returns the lines of every conversation in the events, as its client saw it, with the total time. */
export function formatConversations(events: readonly TraceEvent[], color: boolean): string[] {
  const { exchanges, statementsOf } = attributeStatements(joinExchanges(events))
  const conversations = [...new Set(exchanges.map(({ conversation }) => conversation))]
  return conversations.flatMap(conversation => {
    const own = exchanges.filter(exchange => exchange.conversation === conversation)
    return [
      heading(conversation),
      ...own.flatMap(exchange => exchangeLines(exchange, statementsOf(exchange), color)),
      timing(own),
    ]
  })
}

function heading(conversation: string): string {
  const [protocol, addresses] = [
    conversation.slice(0, conversation.indexOf(':')),
    conversation.slice(conversation.indexOf(':') + 1),
  ]
  return `  ${protocol}: ${addresses.replace('>', ' > ')}`
}

/** Returns the lines of the requests, of the statements that they caused, and of the responses. */
function exchangeLines({ events }: Exchange, statements: readonly Exchange[], color: boolean): string[] {
  const lines = events.map(event => line(event, color))
  const nested = statements.flatMap(({ events }) => events.map(event => line(event, color, '      sql ')))
  const firstResponse = events.findIndex(({ direction }) => direction === 'response')
  return lines.toSpliced(firstResponse === -1 ? lines.length : firstResponse, 0, ...nested)
}

function line(event: MessageEvent | TransferEvent, color: boolean, indent = '    '): string {
  const arrow = event.direction === 'request' ? '>' : '<'
  const text = event.channel === 'data' ? `(data connection) ${event.summary}` : event.summary
  const plain = `${indent}${arrow} ${text}`
  return color ? paint(event.direction === 'request' ? 'cyan' : 'green', plain) : plain
}

/** Sums the times of both ends: the client's waiting time includes the server's work and the transfer in both directions. */
function timing(exchanges: readonly Exchange[]): string {
  const waited = sum(exchanges.map(({ clientSentAt, clientReceivedAt }) => elapsed(clientSentAt, clientReceivedAt)))
  const worked = sum(exchanges.map(({ serverReceivedAt, serverSentAt }) => elapsed(serverReceivedAt, serverSentAt)))
  return `    the client waited ${waited.toFixed(2)} ms; the server worked ${worked.toFixed(2)} ms of that`
}

function elapsed(from: number | undefined, to: number | undefined): number {
  return from === undefined || to === undefined ? 0 : Math.max(to - from, 0)
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
