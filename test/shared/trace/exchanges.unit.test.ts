import { expect, test } from 'vitest'
import type { Side, TraceEvent } from '../../../shared/trace/event.ts'
import { formatExchanges, joinExchanges } from '../../../shared/trace/exchanges.ts'

const DNS = 'dns:127.0.0.1:40000>127.0.0.1:53'
const HTTP = 'http:127.0.0.1:40001>127.0.0.1:80'

function message(
  conversation: string,
  side: Side,
  direction: 'request' | 'response',
  exchange: number,
  time: number,
  summary: string,
): TraceEvent {
  const protocol = conversation.startsWith('dns') ? 'dns' : 'http'
  const bytes = new Uint8Array()
  return {
    kind: 'message',
    protocol,
    side,
    conversation,
    channel: 'control',
    direction,
    exchange,
    time,
    summary,
    bytes,
    size: 0,
  }
}

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

test('formats the five steps, and shows which end was not seen', () => {
  const text = formatExchanges(
    joinExchanges([
      ...dnsEvents,
      message(HTTP, 'client', 'response', 0, 105, '220 ready'),
      message(HTTP, 'client', 'request', 1, 106, 'GET /'),
      message(HTTP, 'client', 'response', 1, 107, '200 OK'),
      message(HTTP, 'client', 'response', 1, 108, '21 bytes'),
    ]),
  )
  expect(text).toBe(
    [
      'dns 127.0.0.1:40000 > 127.0.0.1:53',
      '  1 client sends       +0.000 ms  > query A www',
      '  2 server receives    +1.000 ms',
      '  3 server works        1.500 ms',
      '  4 server sends       +2.500 ms',
      '  5 client has it      +3.000 ms  < NOERROR',
      'http 127.0.0.1:40001 > 127.0.0.1:80',
      '  4 server sends        not seen',
      '  5 client has it      +5.000 ms  < 220 ready',
      '  1 client sends       +6.000 ms  > GET /',
      '  2 server receives     not seen',
      '  3 server works        not seen',
      '  4 server sends        not seen',
      '  5 client has it      +8.000 ms  < 200 OK',
      '                                  < 21 bytes',
      '',
    ].join('\n'),
  )
})

test('wraps messages at words, to the width of the terminal', () => {
  const summary = 'HTTP/1.1 200 OK (text/plain; charset=utf-8, 21 bytes) and some more'
  const events = [message(HTTP, 'client', 'request', 1, 1, 'GET /'), message(HTTP, 'client', 'response', 1, 2, summary)]
  const lines = formatExchanges(joinExchanges(events), 70).split('\n')
  expect(lines.slice(5)).toEqual([
    '  5 client has it      +1.000 ms  < HTTP/1.1 200 OK (text/plain;',
    '                                    charset=utf-8, 21 bytes) and some',
    '                                    more',
    '',
  ])
  expect(Math.max(...lines.map(line => line.length))).toBeLessThanOrEqual(70)
})

test('formats an empty list', () => {
  expect(formatExchanges([])).toBe('no exchanges\n')
})

test('uses the events of the server if the client has fewer; ignores states and closes', () => {
  const { bytes: _, ...shared } = { ...dnsEvents[0], bytes: undefined, kind: 'state' }
  const [exchange] = joinExchanges([shared as TraceEvent, ...dnsEvents.slice(1, 3)])
  expect(exchange).toMatchObject({ serverReceivedAt: 101, clientSentAt: undefined, clientReceivedAt: undefined })
  expect(exchange?.events.map(({ summary }) => summary)).toEqual(['query A www', 'NOERROR'])
  const [greeting] = joinExchanges([message(HTTP, 'server', 'response', 0, 5, '220 ready')])
  expect(formatExchanges([greeting as never])).toContain('4 server sends       +0.000 ms')
})
