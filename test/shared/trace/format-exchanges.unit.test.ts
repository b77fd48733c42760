import { expect, test } from 'vitest'
import type { Side } from '../../../shared/trace/event.ts'
import { joinExchanges } from '../../../shared/trace/exchanges.ts'
import { formatExchanges } from '../../../shared/trace/format-exchanges.ts'
import { message } from '../../helpers/events.ts'

const DNS = 'dns:127.0.0.1:40000>127.0.0.1:53'
const HTTP = 'http:127.0.0.1:40001>127.0.0.1:80'
const SMTP = 'smtp:127.0.0.1:40002>127.0.0.1:25'

const dnsEvents = [
  message(DNS, 'client', 'request', 7, 100, 'query A www'),
  message(DNS, 'server', 'request', 7, 101, 'query A www'),
  message(DNS, 'server', 'response', 7, 102.5, 'NOERROR'),
  message(DNS, 'client', 'response', 7, 103, 'NOERROR'),
]

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
      '    server greets       not seen',
      '    client has it      +5.000 ms  < 220 ready',
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

test('shows a greeting as what it is, and a later response without a request', () => {
  const reply = (exchange: number, at: number, summary: string) => [
    message(SMTP, 'server', 'response', exchange, at, summary),
    message(SMTP, 'client', 'response', exchange, at + 0.5, summary),
  ]
  const events = [
    ...reply(0, 10, '220 mail.test ESMTP'),
    message(SMTP, 'client', 'request', 1, 11, 'EHLO me'),
    message(SMTP, 'server', 'request', 1, 11.5, 'EHLO me'),
    ...reply(1, 12, '250 mail.test'),
    ...reply(0, 20, '421 4.4.2 Timeout'),
  ]
  expect(formatExchanges(joinExchanges(events))).toBe(
    [
      'smtp 127.0.0.1:40002 > 127.0.0.1:25',
      '    server greets      +0.000 ms',
      '    client has it      +0.500 ms  < 220 mail.test ESMTP',
      '  1 client sends       +1.000 ms  > EHLO me',
      '  2 server receives    +1.500 ms',
      '  3 server works        0.500 ms',
      '  4 server sends       +2.000 ms',
      '  5 client has it      +2.500 ms  < 250 mail.test',
      '    server notifies   +10.000 ms',
      '    client has it     +10.500 ms  < 421 4.4.2 Timeout',
      '',
    ].join('\n'),
  )
})

/** The events of commands that the client sends at once. Both ends see them, and the server replies to one after another. */
function pipelined(sides: readonly Side[]) {
  const commands = ['MAIL FROM:<a@b.c>', 'RCPT TO:<d@e.f>', 'DATA']
  const replies = ['250 OK', '550 no', '503 no']
  return sides.flatMap(side => {
    const delay = side === 'server' ? 0.5 : 0
    return [
      ...commands.map((text, index) => message(SMTP, side, 'request', index + 2, 10 + index / 10 + delay, text)),
      ...replies.map((text, index) => message(SMTP, side, 'response', index + 2, 14 + index - delay, text)),
    ]
  })
}

test('shows pipelined commands together, in the order of time', () => {
  const quit = [
    message(SMTP, 'client', 'request', 5, 20, 'QUIT'),
    message(SMTP, 'client', 'response', 5, 21, '221 Bye'),
  ]
  expect(formatExchanges(joinExchanges([...pipelined(['client', 'server']), ...quit]))).toBe(
    [
      'smtp 127.0.0.1:40002 > 127.0.0.1:25',
      '  1 client sends       +0.000 ms  > MAIL FROM:<a@b.c>',
      '                       +0.100 ms  > RCPT TO:<d@e.f>',
      '                       +0.200 ms  > DATA',
      '  2 server receives    +0.700 ms    3 requests',
      '  3 server works        5.000 ms',
      '  4 server sends       +3.500 ms    1 response',
      '  5 client has it      +4.000 ms  < 250 OK',
      '  4 server sends       +4.500 ms    1 response',
      '  5 client has it      +5.000 ms  < 550 no',
      '  4 server sends       +5.500 ms    1 response',
      '  5 client has it      +6.000 ms  < 503 no',
      '  1 client sends      +10.000 ms  > QUIT',
      '  2 server receives     not seen',
      '  3 server works        not seen',
      '  4 server sends        not seen',
      '  5 client has it     +11.000 ms  < 221 Bye',
      '',
    ].join('\n'),
  )
})

test.each([
  ['client', ['1 client sends', '2 server receives', '3 server works', '4 server sends', '5 client has it']],
  ['server', ['2 server receives', '3 server works', '4 server sends']],
] as const)('shows pipelined commands that only the %s saw', (side, names) => {
  const text = formatExchanges(joinExchanges(pipelined([side])))
  expect(text.match(/\d (?:client|server) [a-z]+(?: it)?/g)).toEqual(names)
})

test('the times of pipelined commands never run backwards', () => {
  const text = formatExchanges(joinExchanges(pipelined(['client', 'server'])))
  const times = Array.from(text.matchAll(/\+(\d+\.\d+) ms/g), ([, time]) => Number(time))
  expect(times).toEqual(times.toSorted((a, b) => a - b))
})
