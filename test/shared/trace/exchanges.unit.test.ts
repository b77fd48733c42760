import { expect, test } from 'vitest'
import type { TraceEvent } from '../../../shared/trace/event.ts'
import { joinExchanges } from '../../../shared/trace/exchanges.ts'
import { message } from '../../helpers/events.ts'

const DNS = 'dns:127.0.0.1:40000>127.0.0.1:53'
const HTTP = 'http:127.0.0.1:40001>127.0.0.1:80'

const dnsEvents = [
  message(DNS, 'client', 'request', 7, 100, 'query A www'),
  message(DNS, 'server', 'request', 7, 101, 'query A www'),
  message(DNS, 'server', 'response', 7, 102.5, 'NOERROR'),
  message(DNS, 'client', 'response', 7, 103, 'NOERROR'),
]

test('joins the views of both ends into the five steps', () => {
  expect(joinExchanges(dnsEvents)).toMatchObject([
    { number: 7, clientSentAt: 100, serverReceivedAt: 101, serverSentAt: 102.5, clientReceivedAt: 103 },
  ])
})

test('the server sends after it has the content, not with the interim response', () => {
  const upload = [
    message(HTTP, 'server', 'request', 1, 100, 'PUT /note.txt'),
    message(HTTP, 'server', 'response', 1, 101, '100 Continue'),
    message(HTTP, 'server', 'request', 1, 104, '3 bytes'),
    message(HTTP, 'server', 'response', 1, 106, '201 Created'),
    message(HTTP, 'server', 'response', 1, 107, '0 bytes'),
  ]
  expect(joinExchanges(upload)).toMatchObject([{ serverReceivedAt: 104, serverSentAt: 106 }])
})

test('the server sends its first response if the client has sent content after it', () => {
  const refused = [
    message(HTTP, 'server', 'request', 1, 100, 'PUT /note.txt'),
    message(HTTP, 'server', 'response', 1, 101, '413 Content Too Large'),
    message(HTTP, 'server', 'request', 1, 104, '3 bytes'),
  ]
  expect(joinExchanges(refused)).toMatchObject([{ serverReceivedAt: 104, serverSentAt: 101 }])
})

test('sorts exchanges by their start, not by the order of events', () => {
  const http = [
    message(HTTP, 'client', 'request', 1, 104, 'GET /'),
    message(HTTP, 'client', 'response', 1, 106, '200 OK'),
  ]
  const joined = joinExchanges([...http, ...dnsEvents.toReversed()])
  expect(joined.map(({ protocol }) => protocol)).toEqual(['dns', 'http'])
})

test('uses the events of the server if the client has fewer; ignores states and closes', () => {
  const { bytes: _, ...shared } = { ...dnsEvents[0], bytes: undefined, kind: 'state' }
  const [exchange] = joinExchanges([shared as TraceEvent, ...dnsEvents.slice(1, 3)])
  expect(exchange).toMatchObject({ serverReceivedAt: 101, clientSentAt: undefined, clientReceivedAt: undefined })
  expect(exchange?.events.map(({ summary }) => summary)).toEqual(['query A www', 'NOERROR'])
})

test('each response without a request is an exchange of its own, joined with that of the other end', () => {
  const joined = joinExchanges([
    message(HTTP, 'server', 'response', 0, 1, '220 ready'),
    message(HTTP, 'client', 'response', 0, 2, '220 ready'),
    message(HTTP, 'server', 'response', 0, 8, '421 closing'),
    message(HTTP, 'client', 'response', 0, 9, '421 closing'),
  ])
  expect(joined.map(({ serverSentAt, clientReceivedAt, events }) => [serverSentAt, clientReceivedAt, events])).toEqual([
    [1, 2, [expect.objectContaining({ summary: '220 ready' })]],
    [8, 9, [expect.objectContaining({ summary: '421 closing' })]],
  ])
})

test('a response without a request, seen by one end only, is sorted by the time at that end', () => {
  const greeting = message(HTTP, 'client', 'response', 0, 50, '220 ready')
  const notice = message(DNS, 'server', 'response', 0, 40, '421 closing')
  const joined = joinExchanges([greeting, notice])
  expect(joined).toMatchObject([
    { serverSentAt: 40, clientReceivedAt: undefined, events: [{ summary: '421 closing' }] },
    { serverSentAt: undefined, clientReceivedAt: 50, events: [{ summary: '220 ready' }] },
  ])
})
