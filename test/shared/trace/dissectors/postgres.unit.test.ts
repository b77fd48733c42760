import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MAX_EVENT_BYTES } from '../../../../shared/trace/dissector.ts'
import { postgresDissector } from '../../../../shared/trace/dissectors/postgres.ts'
import { describeDissected, dissectBytewise, dissectWhole, type Step } from '../../../helpers/dissect.ts'

const int16 = (value: number) => Buffer.from([value >> 8, value & 0xff])
const int32 = (value: number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
const text = (value: string) => Buffer.from(`${value}\0`)

/** Builds a message: type, length, body. */
function message(type: string, ...body: (Buffer | string)[]): Buffer {
  const content = Buffer.concat(body.map(part => (typeof part === 'string' ? Buffer.from(part) : part)))
  return Buffer.concat([Buffer.from(type), int32(content.length + 4), content])
}

const client = (...messages: Buffer[]): Step => ['request', Buffer.concat(messages)]
const server = (...messages: Buffer[]): Step => ['response', Buffer.concat(messages)]

const startup = message('', int32(196_608), text('user'), text('ann'), text('database'), text('mail'), Buffer.alloc(1))
const ready = message('Z', 'I')
const complete = (tag: string) => message('C', text(tag))
const sync = message('S')
const parse = (sql: string, name = '') => message('P', text(name), text(sql), int16(0))
const bind = (...values: string[]) =>
  message(
    'B',
    text(''),
    text(''),
    int16(1),
    int16(0),
    int16(values.length),
    ...values.flatMap(value => [int32(value.length), value]),
    int16(0),
  )
const describePortal = message('D', 'P', text(''))
const execute = message('E', text(''), int32(0))
const query = (sql: string) => message('Q', text(sql))
const rowDescription = (...names: string[]) =>
  message('T', int16(names.length), ...names.map(name => Buffer.concat([text(name), Buffer.alloc(18)])))
const dataRow = (...values: string[]) =>
  message('D', int16(values.length), ...values.flatMap(value => [int32(value.length), value]))
const diagnostic = (type: 'E' | 'N', fields: Readonly<Record<string, string>>) =>
  message(type, ...Object.entries(fields).map(([name, value]) => text(`${name}${value}`)), Buffer.alloc(1))
const authentication = (method: number, ...body: (Buffer | string)[]) => message('R', int32(method), ...body)

const SIGN_IN: readonly Step[] = [
  client(startup),
  server(authentication(10, text('SCRAM-SHA-256'), Buffer.alloc(1))),
  client(message('p', text('SCRAM-SHA-256'), int32(9), 'n,,r=nonce')),
  server(authentication(11, 'r=nonce-server,s=salt')),
  client(message('p', 'c=biws,p=proof')),
  server(
    authentication(12, 'v=signature'),
    authentication(0),
    message('S', text('server_version'), text('17.2')),
    message('S', text('TimeZone'), text('UTC')),
    message('K', int32(4711), 'key!'),
    ready,
  ),
]

const EXTENDED: readonly Step[] = [
  client(parse('select *\n  from "accounts" where "name" = $1'), bind('hidden'), describePortal, execute, sync),
  server(
    message('1'),
    message('2'),
    rowDescription('name', 'quota'),
    dataRow('hidden', '7'),
    complete('SELECT 1'),
    ready,
  ),
]

/** Sessions, and the lines of their events. */
const TRANSCRIPTS: readonly (readonly [string, readonly Step[], readonly string[]])[] = [
  [
    'a sign-in with SCRAM',
    SIGN_IN,
    [
      'message request 1 StartupMessage 3.0 user=ann database=mail',
      'message response 1 authentication: SCRAM-SHA-256',
      'message request 1 password or proof (masked)',
      'message response 1 authentication continues (masked)',
      'message request 1 password or proof (masked)',
      'message response 1 authentication ends (masked)',
      'message response 1 AuthenticationOk; PostgreSQL 17.2',
    ],
  ],
  [
    'a wrong password',
    [
      client(startup),
      server(authentication(5, 'salt')),
      client(message('p', text('md5hidden'))),
      server(
        diagnostic('E', { S: 'FATAL', V: 'FATAL', C: '28P01', M: 'password authentication failed for user "ann"' }),
      ),
    ],
    [
      'message request 1 StartupMessage 3.0 user=ann database=mail',
      'message response 1 authentication: MD5 password',
      'message request 1 password or proof (masked)',
      'message response 1 FATAL 28P01: password authentication failed for user "ann"',
    ],
  ],
  [
    'other methods of authentication',
    [client(startup), server(...[3, 7, 9, 99].map(method => authentication(method)))],
    [
      'message request 1 StartupMessage 3.0 user=ann database=mail',
      'message response 1 authentication: clear text password',
      'message response 1 authentication: GSSAPI',
      'message response 1 authentication: SSPI',
      'message response 1 authentication: method 99',
    ],
  ],
  [
    'a statement with parameters',
    EXTENDED,
    [
      'message request 1 select * from "accounts" where "name" = $1 (1 parameter masked)',
      'message response 1 SELECT 1 (1 row of 2 columns)',
    ],
  ],
  [
    'simple queries, without their literals',
    [
      client(
        query("select 'hid''den', E'hid\\'den', $$hidden$$, $x$hid$den$x$, 42, \"a'b\" -- hidden\nfrom t1 where x=$1"),
      ),
      server(rowDescription('a'), complete('SELECT 0'), ready),
      client(query("insert into t values ('hidden"), query('')),
      server(complete('INSERT 0 1'), message('Z', 'T'), message('I'), ready),
    ],
    [
      'message request 1 select ****, ****, ****, ****, ****, "a\'b" **** from t1 where x=$1',
      'message response 1 SELECT 0 (0 rows of 1 column)',
      'message request 2 insert into t values (****',
      'message request 3 Query',
      'message response 2 INSERT 0 1',
      'message response 3 empty query',
    ],
  ],
  [
    'an error, without its detail',
    [
      client(parse('insert into t values ($1)'), bind('hidden'), execute, sync),
      server(
        message('1'),
        message('2'),
        diagnostic('E', {
          S: 'ERROR',
          C: '23505',
          M: 'duplicate key violates "t_pkey"',
          D: 'Key (x)=(hidden) exists.',
        }),
        ready,
      ),
      client(query('select 1/0')),
      server(diagnostic('E', { S: 'ERROR', C: '22P02', M: 'invalid input syntax for type integer: "hidden"' }), ready),
    ],
    [
      'message request 1 insert into t values ($1) (1 parameter masked)',
      'message response 1 ERROR 23505: duplicate key violates "t_pkey"',
      'message request 2 select ****/****',
      'message response 2 ERROR 22P02: invalid input syntax for type integer: "****"',
    ],
  ],
  [
    'pipelined statements, and messages that have no SQL',
    [
      client(bind(), execute, sync, sync, parse('a'), parse('b'), message('H'), sync),
      server(
        message('2'),
        message('s'),
        ready,
        ready,
        message('1'),
        message('3'),
        message('n'),
        message('t', int16(0)),
        ready,
      ),
      client(message('C', 'S', text('x')), message('F', 'hidden'), message('X')),
      server(message('V', 'hidden'), ready),
    ],
    [
      'message request 1 Bind, Execute, Sync',
      'message request 2 Sync',
      'message request 3 a; b',
      'message response 1 portal suspended',
      'message response 2 done',
      'message response 3 done',
      'message request 4 Close, FunctionCall',
      'state the client ends the connection (Terminate)',
      'message response 4 done',
    ],
  ],
  [
    'messages that lack their fields',
    [
      client(message('', int32(196_608), text('user'))),
      server(message('R'), message('S'), message('E'), message('Z')),
      client(message('P'), message('B'), message('Q')),
      server(message('T'), message('D'), message('C'), message('A'), message('Z')),
    ],
    [
      'message request 1 StartupMessage 3.0 user=',
      'message response 1 AuthenticationOk;  : ',
      'message request 2 Parse, Bind, Query',
      'message response 0 NOTIFY  (payload masked)',
      'message response 2  (1 row of 0 columns)',
    ],
  ],
  [
    'many results of one query',
    [client(query('a;a;a;a;a;a;a')), server(...Array.from({ length: 7 }, () => complete('BEGIN')), ready)],
    ['message request 1 a;a;a;a;a;a;a', 'message response 1 BEGIN; BEGIN; BEGIN; BEGIN; BEGIN; and 2 more'],
  ],
  [
    'copied content',
    [
      client(query('copy t from stdin')),
      server(message('G', Buffer.alloc(3))),
      client(message('d', 'hidden'), message('c'), sync),
      server(complete('COPY 1'), ready),
    ],
    ['message request 1 copy t from stdin', 'message request 2 CopyData, CopyDone, Sync', 'message response 1 COPY 1'],
  ],
  [
    'notifications and notices at any time',
    [
      server(message('A', int32(7), text('mail'), text('hidden'))),
      client(query('listen mail')),
      server(
        diagnostic('N', { S: 'NOTICE', C: '00000', M: 'a note' }),
        complete('LISTEN'),
        message('A', int32(7), text('mail'), text('hidden')),
        ready,
      ),
    ],
    [
      'message response 0 NOTIFY mail (payload masked)',
      'message request 1 listen mail',
      'state NOTICE 00000: a note',
      'message response 0 NOTIFY mail (payload masked)',
      'message response 1 LISTEN',
    ],
  ],
  [
    'refused encryption',
    [client(message('', int32(80_877_104))), server(Buffer.from('N')), ...SIGN_IN.slice(0, 2)],
    [
      'message request 1 GSSENCRequest',
      'message response 1 encryption refused',
      'message request 2 StartupMessage 3.0 user=ann database=mail',
      'message response 2 authentication: SCRAM-SHA-256',
    ],
  ],
  [
    'encryption, and nothing after it',
    [client(message('', int32(80_877_103))), server(Buffer.from('S')), client(Buffer.from([22, 3, 1])), server(ready)],
    ['message request 1 SSLRequest', 'message response 1 encryption accepted', 'state encryption starts'],
  ],
  [
    'an error in place of the reply about encryption',
    [client(message('', int32(80_877_103))), server(diagnostic('E', { S: 'FATAL', C: '08P01', M: 'no' }))],
    ['message request 1 SSLRequest', 'message response 1 FATAL 08P01: no'],
  ],
  [
    'a request to cancel',
    [client(message('', int32(80_877_102), int32(4711), 'key!'))],
    ['message request 1 CancelRequest (key masked)'],
  ],
  [
    'a connection that the trace follows from its middle',
    [server(Buffer.from('the rest of a row')), ...EXTENDED],
    [
      'message request 1 select * from "accounts" where "name" = $1 (1 parameter masked)',
      'message response 1 SELECT 1 (1 row of 2 columns)',
    ],
  ],
  [
    'the end of the connection in the middle of an exchange',
    [client(query('select 1')), server(rowDescription('a'), dataRow('1')), client(parse('select 2'))],
    [
      'message request 1 select ****',
      'message request 2 select 2 (incomplete)',
      'message response 1 done (incomplete)',
    ],
  ],
]

test.each(TRANSCRIPTS)('%s', (_title, steps, lines) => {
  expect(describeDissected(dissectWhole(postgresDissector, steps))).toEqual(lines)
  expect(dissectBytewise(postgresDissector, steps)).toEqual(dissectWhole(postgresDissector, steps))
})

test.each(TRANSCRIPTS)('no event has a value: %s', (_title, steps) => {
  for (const result of dissectWhole(postgresDissector, steps)) {
    expect(result.summary).not.toMatch(/hidden|den|nonce|proof=|salt|signature|key!/)
    if ('bytes' in result)
      expect(Buffer.from(result.bytes).toString('latin1')).not.toMatch(/hidden|nonce|proof|salt|key!/)
  }
})

test('continues within TLS, with the exchange after that of the encryption', () => {
  const dissector = postgresDissector()
  dissector.push('request', message('', int32(80_877_103)))
  dissector.push('response', Buffer.from('S'))
  dissector.startTls?.()
  const dissected = SIGN_IN.flatMap(([direction, data]) => dissector.push(direction, Buffer.from(data)))
  expect(describeDissected(dissected).at(0)).toBe('message request 2 StartupMessage 3.0 user=ann database=mail')
  expect(describeDissected(dissected).at(-1)).toBe('message response 2 AuthenticationOk; PostgreSQL 17.2')
})

test.each<[string, Step, string]>([
  ['an unknown type of a request', client(message('!')), 'error malformed request: unknown type "!"'],
  ['a length that is too small', client(Buffer.from([0x51, 0, 0, 0, 3])), 'error malformed request: length 3'],
  [
    'a length that is too large',
    client(Buffer.from([0x51, 0x7f, 0, 0, 0])),
    'error malformed request: length 2130706432',
  ],
  ['a startup message that is too large', client(int32(10_001)), 'error malformed request: length 10001'],
])('reports %s once, and ignores the rest', (_title, rubbish, error) => {
  const steps: Step[] = [...(rubbish[1][0] === 0 ? [] : EXTENDED), rubbish, client(query('select 1'))]
  const lines = describeDissected(dissectWhole(postgresDissector, steps))
  expect(lines.at(-1)).toBe(error)
  expect(dissectBytewise(postgresDissector, steps)).toEqual(dissectWhole(postgresDissector, steps))
})

test('reports rubbish after a response, and still dissects the requests', () => {
  const steps: Step[] = [...EXTENDED, server(Buffer.from('HTTP/1.1 400')), client(query('commit'))]
  expect(describeDissected(dissectWhole(postgresDissector, steps)).slice(2)).toEqual([
    'error malformed response: length 1414811695',
    'message request 2 commit',
  ])
})

test('bounds what it stores of a message, and counts all of its bytes', () => {
  const content = 'hidden'.repeat(100_000)
  const steps: Step[] = [
    client(parse(`select ${'x, '.repeat(50_000)}`), bind(content), sync),
    server(rowDescription('a'), dataRow(content), dataRow(content), complete('SELECT 2'), ready),
  ]
  const [request, response] = dissectWhole(postgresDissector, steps)
  expect(request).toMatchObject({ size: steps[0]?.[1].length, summary: expect.stringMatching(/^select x, x.*…$/) })
  expect(response).toMatchObject({ size: steps[1]?.[1].length, summary: 'SELECT 2 (2 rows of 1 column)' })
  for (const result of [request, response]) {
    expect(result && 'bytes' in result && result.bytes.length).toBeLessThanOrEqual(MAX_EVENT_BYTES)
  }
})

test('shows no more of the messages of an endless exchange than its bound', () => {
  const steps = Array.from({ length: 1000 }, (): Step => client(bind('hidden')))
  const [request] = dissectWhole(postgresDissector, [...steps, client(sync)])
  expect(request?.summary.length).toBeLessThanOrEqual(330)
})

test('any bytes in any pieces cause no exception', () => {
  const directions = fc.constantFrom('request' as const, 'response' as const)
  const pieces = fc.oneof(
    fc.uint8Array(),
    fc.constantFrom(startup, sync, ready, query('select 1'), dataRow('x'), bind('x')),
  )
  fc.assert(
    fc.property(fc.array(fc.tuple(directions, pieces), { maxLength: 20 }), steps => {
      expect(() => dissectWhole(postgresDissector, steps)).not.toThrow()
    }),
  )
})
