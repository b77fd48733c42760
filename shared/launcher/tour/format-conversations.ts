/** How the tour tells what was said: the lines of each conversation, then who waited and who worked. Pure. */

import type { MessageEvent, TraceEvent, TransferEvent } from '../../trace/event.ts'
import { type Exchange, joinExchanges } from '../../trace/exchanges.ts'
import { paint } from '../../trace/sinks/terminal.ts'

/** Every conversation in those events, as its client saw it, and the time of the whole, as lines. */
export function formatConversations(events: readonly TraceEvent[], color: boolean): string[] {
  const exchanges = joinExchanges(events)
  const conversations = [...new Set(exchanges.map(({ conversation }) => conversation))]
  return conversations.flatMap(conversation => {
    const own = exchanges.filter(exchange => exchange.conversation === conversation)
    return [
      heading(conversation),
      ...own.flatMap(({ events: spoken }) => spoken.map(event => line(event, color))),
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

function line(event: MessageEvent | TransferEvent, color: boolean): string {
  const arrow = event.direction === 'request' ? '>' : '<'
  const text = event.channel === 'data' ? `(data connection) ${event.summary}` : event.summary
  const plain = `    ${arrow} ${text}`
  return color ? paint(event.direction === 'request' ? 'cyan' : 'green', plain) : plain
}

/** Sums what both ends saw: the client's waiting holds the server's work and the way there and back. */
function timing(exchanges: readonly Exchange[]): string {
  const waited = sum(exchanges.map(({ clientSentAt, clientReceivedAt }) => between(clientSentAt, clientReceivedAt)))
  const worked = sum(exchanges.map(({ serverReceivedAt, serverSentAt }) => between(serverReceivedAt, serverSentAt)))
  return `    the client waited ${waited.toFixed(2)} ms; the server worked ${worked.toFixed(2)} ms of that`
}

function between(from: number | undefined, to: number | undefined): number {
  return from === undefined || to === undefined ? 0 : Math.max(to - from, 0)
}

function sum(figures: readonly number[]): number {
  return figures.reduce((total, figure) => total + figure, 0)
}
