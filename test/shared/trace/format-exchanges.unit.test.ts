import { expect, test } from 'vitest'
import type { Side, TraceEvent } from '../../../shared/trace/event.ts'
import { joinExchanges } from '../../../shared/trace/exchanges.ts'
import { formatExchanges } from '../../../shared/trace/format-exchanges.ts'
import { message, statement } from '../../helpers/events.ts'

const DNS = 'dns:127.0.0.1:40000>127.0.0.1:53'
const HTTP = 'http:127.0.0.1:40001>127.0.0.1:80'
const SMTP = 'smtp:127.0.0.1:40002>127.0.0.1:25'
const FTP = 'ftp:127.0.0.1:40003>127.0.0.1:21'
const SQLITE = 'sql:application[4711]>sqlite'
const POSTGRES = 'sql:127.0.0.1:40003>127.0.0.1:5432'

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

test('shows when data connections opened, by the client if it was seen, and which content they had', () => {
  const open = (side: Side, time: number, port: number): TraceEvent => ({
    kind: 'open',
    protocol: 'ftp',
    side,
    conversation: FTP,
    channel: 'data',
    transport: 'tcp',
    client: { host: '127.0.0.1', port: 40010 },
    server: { host: '127.0.0.1', port },
    time,
    summary: `connected to 127.0.0.1:${port}`,
  })
  const seen = (side: Side, delay: number) => [
    message(FTP, side, 'request', 1, 1 + delay, 'EPSV'),
    message(FTP, side, 'response', 1, 3 - delay, '229 (|||4000|)'),
    open(side, 4 + delay, 4000),
    message(FTP, side, 'request', 2, 5 + delay, 'RETR a'),
    message(FTP, side, 'response', 2, 7 - delay, '226 done'),
    { ...message(FTP, side, 'response', 2, 8 - delay, 'server sent 3 bytes'), channel: 'data' as const },
  ]
  const [client, server] = [seen('client', 0), seen('server', 0.5)]
  expect(formatExchanges(joinExchanges([...client, ...server]))).toBe(
    [
      'ftp 127.0.0.1:40003 > 127.0.0.1:21',
      '  1 client sends       +0.000 ms  > EPSV',
      '  2 server receives    +0.500 ms',
      '  3 server works        1.000 ms',
      '  4 server sends       +1.500 ms',
      '  5 client has it      +2.000 ms  < 229 (|||4000|)',
      '    data connection    +3.000 ms  + connected to 127.0.0.1:4000',
      '  1 client sends       +4.000 ms  > RETR a',
      '  2 server receives    +4.500 ms',
      '  3 server works        1.000 ms',
      '  4 server sends       +5.500 ms',
      '  5 client has it      +7.000 ms  < 226 done',
      '                                  < (data) server sent 3 bytes',
      '',
    ].join('\n'),
  )
  expect(formatExchanges(joinExchanges(server))).toContain(
    'data connection    +3.000 ms  + connected to 127.0.0.1:4000',
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

const getMail = (number: number, at: number) => [
  message(HTTP, 'client', 'request', number, at, 'GET /mail'),
  message(HTTP, 'server', 'request', number, at + 1, 'GET /mail'),
  message(HTTP, 'server', 'response', number, at + 6, '200 OK'),
  message(HTTP, 'client', 'response', number, at + 7, '200 OK'),
]

test('shows the statements of a request in the columns of application and database', () => {
  const events = [
    ...getMail(1, 10),
    ...statement(SQLITE, HTTP, 1, [12, 13], ['select 1', '1 row']),
    ...statement(SQLITE, HTTP, 2, [14, 15], ['select 2', '2 rows']),
    ...getMail(2, 20),
    ...statement(SQLITE, HTTP, 3, [22, 23], ['select 3', '3 rows']),
  ]
  expect(formatExchanges(joinExchanges(events))).toBe(
    [
      'http 127.0.0.1:40001 > 127.0.0.1:80',
      '  sqlite runs in the process of the application: no socket',
      '                                  client  application  database (sqlite)',
      '  1 client sends       +0.000 ms  > GET /mail',
      '  2 server receives    +1.000 ms',
      '  3 server works        5.000 ms',
      '    to database        +2.000 ms          > select 1',
      '    from database      +3.000 ms                       < 1 row',
      '    to database        +4.000 ms          > select 2',
      '    from database      +5.000 ms                       < 2 rows',
      '  4 server sends       +6.000 ms',
      '  5 client has it      +7.000 ms  < 200 OK',
      '  1 client sends      +10.000 ms  > GET /mail',
      '  2 server receives   +11.000 ms',
      '  3 server works        5.000 ms',
      '    to database       +12.000 ms          > select 3',
      '    from database     +13.000 ms                       < 3 rows',
      '  4 server sends      +16.000 ms',
      '  5 client has it     +17.000 ms  < 200 OK',
      '',
    ].join('\n'),
  )
})

test('statements that overlap, or end after the response, are in the order of time, and a statement can lack its result', () => {
  const [unanswered] = statement(POSTGRES, HTTP, 2, [13, 14], ['select 2', ''])
  const events = [
    ...getMail(1, 10),
    ...statement(POSTGRES, HTTP, 1, [12, 15], ['select 1', 'SELECT 1']),
    ...(unanswered ? [unanswered] : []),
  ]
  expect(formatExchanges(joinExchanges(events)).split('\n').slice(1, 9)).toEqual([
    '                                  client  application  database 127.0.0.1:5432',
    '  1 client sends       +0.000 ms  > GET /mail',
    '  2 server receives    +1.000 ms',
    '  3 server works        5.000 ms',
    '    to database        +2.000 ms          > select 1',
    '    to database        +3.000 ms          > select 2',
    '    from database       not seen',
    '    from database      +5.000 ms                       < SELECT 1',
  ])
})

test('what a statement sends and receives after the response is after it', () => {
  const events = [
    ...getMail(1, 10),
    ...statement(SQLITE, HTTP, 1, [12, 16.5], ['select 1', '1 row']),
    ...statement(SQLITE, HTTP, 2, [13, 18], ['select 2', '1 row']),
    ...statement(SQLITE, HTTP, 3, [18, 18], ['select 3', '1 row']),
  ]
  const text = formatExchanges(joinExchanges(events))
  const steps = Array.from(text.matchAll(/^ {2}(.{18}) +\+(\S+) ms/gm), ([, name, time]) => `${name?.trim()} ${time}`)
  expect(steps).toEqual([
    '1 client sends 0.000',
    '2 server receives 1.000',
    'to database 2.000',
    'to database 3.000',
    '4 server sends 6.000',
    'from database 6.500',
    '5 client has it 7.000',
    'from database 8.000',
    'to database 8.000',
    'from database 8.000',
  ])
})

test.each([80, 120])('fits statements into %i columns', width => {
  const sql = `select ${Array.from({ length: 20 }, (_, index) => `"column${index}"`).join(', ')} from "messages"`
  const events = [...getMail(1, 10), ...statement(SQLITE, HTTP, 1, [12, 13], [sql, `error: ${'failed '.repeat(20)}`])]
  const lines = formatExchanges(joinExchanges(events), width).split('\n')
  expect(Math.max(...lines.map(line => line.length))).toBeLessThanOrEqual(width)
  expect(lines.filter(line => line.includes('database (sqlite)'))).toHaveLength(1)
  expect(lines.map(line => line.slice(44).trim()).join(' ')).toContain('"column19" from "messages"')
})

test('shows the statements of pipelined commands in the order of time, after the start of the work', () => {
  const events = [
    ...pipelined(['client', 'server']),
    ...statement(SQLITE, SMTP, 1, [14.1, 14.2], ['select 1', '1 row']),
    ...statement(SQLITE, SMTP, 2, [10, 10.1], ['select 2', '1 row']),
  ]
  const names = formatExchanges(joinExchanges(events))
    .split('\n')
    .map(line => line.slice(2, 20).trim())
  expect(names.slice(6, 14)).toEqual([
    '2 server receives',
    '3 server works',
    'to database',
    'from database',
    '4 server sends',
    '5 client has it',
    'to database',
    'from database',
  ])
})

test('what a server sends to another server than the database is an exchange of its own', () => {
  const smtp = 'smtp:127.0.0.1:2>127.0.0.1:2525'
  const events = [...getMail(1, 10), ...statement(smtp, HTTP, 1, [11, 12], ['QUIT', '221 Bye'])]
  const text = formatExchanges(joinExchanges(events))
  expect(text).toMatch(
    /^smtp 127\.0\.0\.1:2 > 127\.0\.0\.1:2525 \(caused by http 127\.0\.0\.1:40001\)\n {2}1 client sends .*> QUIT\n/m,
  )
  expect(text).not.toContain('database')
})

test('the tier between client and database is a server if the protocol is not HTTP', () => {
  const events = [
    ...pipelined(['client', 'server']),
    ...statement(SQLITE, SMTP, 1, [14.1, 14.2], ['select 1', '1 row']),
  ]
  expect(formatExchanges(joinExchanges(events), 80).split('\n').slice(0, 3)).toEqual([
    'smtp 127.0.0.1:40002 > 127.0.0.1:25',
    '  sqlite runs in the process of the server: no socket',
    '                                  client  server       database (sqlite)',
  ])
})

test('only the end that sent a request knows what caused it', () => {
  const smtp = 'smtp:127.0.0.1:2>127.0.0.1:2525'
  const events = [
    ...getMail(1, 10),
    message(smtp, 'server', 'request', 1, 11.5, 'QUIT'),
    ...statement(smtp, HTTP, 1, [11, 12], ['QUIT', '221 Bye']),
  ]
  expect(formatExchanges(joinExchanges(events))).toContain('(caused by http 127.0.0.1:40001)')
})

test('statements without a cause in the list are exchanges of their own', () => {
  const events = statement(SQLITE, HTTP, 1, [12, 13], ['select 1', '1 row'])
  expect(formatExchanges(joinExchanges(events)).split('\n')).toEqual([
    'sql application[4711] > sqlite',
    '  1 client sends       +0.000 ms  > select 1',
    '  2 server receives     not seen',
    '  3 server works        not seen',
    '  4 server sends        not seen',
    '  5 client has it      +1.000 ms  < 1 row',
    '',
  ])
})

test('a statement that seems to begin before every exchange of its cause belongs to the first one', () => {
  const events = [...getMail(1, 10), ...statement(SQLITE, HTTP, 1, [9.9, 10.5], ['select 1', '1 row'])]
  expect(formatExchanges(joinExchanges(events))).toMatch(/3 server works.*\n {4}to database .*> select 1\n/)
})
