import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Direction, MAX_EVENT_BYTES } from '../../../../shared/trace/dissector.ts'
import { smtpDissector } from '../../../../shared/trace/dissectors/smtp.ts'
import { describeDissected, dissectBytewise, dissectWhole, type Step } from '../../../helpers/dissect.ts'

/** Parses a conversation: `C: ` lines are sent by the client, `S: ` lines by the server, each with CRLF. */
function parseScript(script: string): Step[] {
  return script
    .split('\n')
    .map(line => line.trimStart())
    .filter(line => line !== '')
    .map(line => [line.startsWith('C:') ? 'request' : 'response', `${line.slice(3)}\r\n`] as const)
}

const OPENING = `
  S: 220 mail.test ESMTP
  C: EHLO me
  S: 250-mail.test greets me
  S: 250-PIPELINING
  S: 250 SIZE 1000
`
const OPENED = [
  'message response 0 220 mail.test ESMTP',
  'message request 1 EHLO me',
  'message response 1 250 mail.test greets me (and 2 more lines)',
]

/** Title, script, results after those of the opening. */
const TABLE: readonly (readonly [string, string, readonly string[]])[] = [
  [
    'a mail transaction',
    `
    C: MAIL FROM:<a@b.c>
    S: 250 2.1.0 Accepted
    C: RCPT TO:<d@e.f>
    S: 250 OK
    C: DATA
    S: 354 Go ahead
    C: Subject: Hello
    C:
    C: ..
    C: .
    S: 250 Kept
    C: QUIT
    S: 221 Bye
    `,
    [
      'message request 2 MAIL FROM:<a@b.c>',
      'message response 2 250 2.1.0 Accepted',
      'state mail transaction begun, from <a@b.c>',
      'message request 3 RCPT TO:<d@e.f>',
      'message response 3 250 OK',
      'message request 4 DATA',
      'message response 4 354 Go ahead',
      'transfer request 5 21 bytes of mail, Subject: Hello',
      'message response 5 250 Kept',
      'state mail transaction ended: the message was accepted',
      'message request 6 QUIT',
      'message response 6 221 Bye',
    ],
  ],
  [
    'pipelined commands, with replies in their order',
    `
    C: MAIL FROM:<a@b.c>
    C: RCPT TO:<x@y.z>
    C: RCPT TO:<d@e.f>
    C: DATA
    S: 250 OK
    S: 550 no
    S: 250 OK
    S: 354 Go ahead
    C: .
    S: 552 too big
    `,
    [
      'message request 2 MAIL FROM:<a@b.c>',
      'message request 3 RCPT TO:<x@y.z>',
      'message request 4 RCPT TO:<d@e.f>',
      'message request 5 DATA',
      'message response 2 250 OK',
      'state mail transaction begun, from <a@b.c>',
      'message response 3 550 no',
      'message response 4 250 OK',
      'message response 5 354 Go ahead',
      'transfer request 6 0 bytes of mail',
      'message response 6 552 too big',
      'state mail transaction ended: the message was refused',
    ],
  ],
  [
    'content sent before the 354 reply',
    `
    C: DATA
    C: QUIT
    C: .
    C: QUIT
    S: 354 Go ahead
    S: 250 Kept
    S: 221 Bye
    `,
    [
      'message request 2 DATA',
      'message response 2 354 Go ahead',
      'transfer request 3 6 bytes of mail',
      'message request 4 QUIT',
      'message response 3 250 Kept',
      'message response 4 221 Bye',
    ],
  ],
  [
    'commands sent before the reply that rejects DATA',
    `
    C: DATA
    C: QUIT
    S: 503 no
    S: 221 Bye
    `,
    ['message request 2 DATA', 'message response 2 503 no', 'message request 3 QUIT', 'message response 3 221 Bye'],
  ],
  [
    'a transaction that is reset, and one that is abandoned',
    `
    C: MAIL FROM:<>
    S: 250 OK
    C: RSET
    S: 250 Flushed
    C: RSET
    S: 250 Flushed
    C: MAIL FROM:<a@b.c>
    S: 250 OK
    C: MAIL FROM:<q@b.c>
    S: 503 nested
    `,
    [
      'message request 2 MAIL FROM:<>',
      'message response 2 250 OK',
      'state mail transaction begun, from <>',
      'message request 3 RSET',
      'message response 3 250 Flushed',
      'state mail transaction ended: reset',
      'message request 4 RSET',
      'message response 4 250 Flushed',
      'message request 5 MAIL FROM:<a@b.c>',
      'message response 5 250 OK',
      'state mail transaction begun, from <a@b.c>',
      'message request 6 MAIL FROM:<q@b.c>',
      'message response 6 503 nested',
      'state mail transaction ended: abandoned',
    ],
  ],
  [
    'AUTH PLAIN with an initial response',
    `
    C: auth plain AGFubgBzZWNyZXQ=
    S: 235 welcome
    C: NOOP
    S: 250 OK
    `,
    [
      'message request 2 auth plain ****',
      'message response 2 235 welcome',
      'message request 3 NOOP',
      'message response 3 250 OK',
    ],
  ],
  [
    'AUTH LOGIN with two challenges',
    `
    C: AUTH LOGIN
    S: 334 VXNlcm5hbWU6
    C: YW5u
    S: 334 UGFzc3dvcmQ6
    C: c2VjcmV0
    S: 235 welcome
    `,
    [
      'message request 2 AUTH LOGIN',
      'message response 2 334 VXNlcm5hbWU6',
      'message request 3 ****',
      'message response 3 334 UGFzc3dvcmQ6',
      'message request 4 ****',
      'message response 4 235 welcome',
    ],
  ],
  [
    'AUTH CRAM-MD5, and a second AUTH after a rejection',
    `
    C: AUTH CRAM-MD5
    S: 334 PDEyMz4=
    C: YW5uIGRpZ2VzdA==
    S: 535 no
    C: AUTH PLAIN c2VjcmV0
    S: 535 no
    `,
    [
      'message request 2 AUTH CRAM-MD5',
      'message response 2 334 PDEyMz4=',
      'message request 3 ****',
      'message response 3 535 no',
      'message request 4 AUTH PLAIN ****',
      'message response 4 535 no',
    ],
  ],
  [
    'secrets sent before the reply that rejects AUTH',
    `
    C: AUTH LOGIN
    C: YW5u
    C: c2VjcmV0
    S: 502 no AUTH here
    S: 500 what?
    C: bGF0ZQ==
    S: 500 what?
    S: 500 what?
    C: QUIT
    S: 221 Bye
    C: FOO
    `,
    [
      'message request 2 AUTH LOGIN',
      'message response 2 502 no AUTH here',
      'message request 3 ****',
      'message request 4 ****',
      'message response 3 500 what?',
      'message request 5 ****',
      'message response 4 500 what?',
      'message response 5 500 what?',
      'message request 6 QUIT',
      'message response 6 221 Bye',
      'message request 7 FOO',
    ],
  ],
  [
    'STARTTLS accepted: the encrypted bytes are not dissected',
    `
    C: STARTTLS
    S: 220 go on
    C: QUIT
    S: 221 Bye
    `,
    ['message request 2 STARTTLS', 'message response 2 220 go on', 'state TLS begins'],
  ],
  [
    'STARTTLS rejected: the session continues',
    `
    C: STARTTLS
    C: QUIT
    S: 454 not now
    S: 221 Bye
    `,
    [
      'message request 2 STARTTLS',
      'message response 2 454 not now',
      'message request 3 QUIT',
      'message response 3 221 Bye',
    ],
  ],
  [
    'BDAT: a chunk has the reply of its command',
    `
    C: MAIL FROM:<a@b.c>
    S: 250 OK
    C: BDAT 14
    C: Subject: Hi.
    S: 250 got it
    C: BDAT 0 LAST
    S: 250 Kept
    `,
    [
      'message request 2 MAIL FROM:<a@b.c>',
      'message response 2 250 OK',
      'state mail transaction begun, from <a@b.c>',
      'message request 3 BDAT 14',
      'transfer request 3 14 bytes of mail, Subject: Hi.',
      'message response 3 250 got it',
      'message request 4 BDAT 0 LAST',
      'message response 4 250 Kept',
      'state mail transaction ended: the message was accepted',
    ],
  ],
  [
    'a 421 without a request, and lines that are not replies',
    `
    S: 421 shutting down
    S: Hello there
    S: 250
    `,
    ['message response 0 421 shutting down', 'error not an SMTP reply: Hello there', 'message response 0 250'],
  ],
]

describe.each(TABLE)('dissects %s', (_title, script, expected) => {
  test.each([
    ['in whole lines', dissectWhole],
    ['byte by byte', dissectBytewise],
  ])('%s', (_title, dissect) => {
    expect(describeDissected(dissect(smtpDissector, parseScript(OPENING + script)))).toEqual([...OPENED, ...expected])
  })
})

test('separates several commands or replies in one chunk', () => {
  const dissected = dissectWhole(smtpDissector, [
    ['response', '220 x\r\n'],
    ['request', 'NOOP\r\nNOOP\n'],
    ['response', '250 OK\r\n250-a\r\n250 b\r\n'],
  ])
  expect(describeDissected(dissected)).toEqual([
    'message response 0 220 x',
    'message request 1 NOOP',
    'message request 2 NOOP',
    'message response 1 250 OK',
    'message response 2 250 a (and 1 more line)',
  ])
})

test('recognizes the greeting if the client sends first', () => {
  const dissected = dissectWhole(smtpDissector, parseScript('C: EHLO me\nS: 220 x\nS: 250 hello'))
  expect(describeDissected(dissected)).toEqual([
    'message request 1 EHLO me',
    'message response 0 220 x',
    'message response 1 250 hello',
  ])
})

test('dissects a conversation without its beginning', () => {
  expect(
    describeDissected(dissectWhole(smtpDissector, parseScript('C: STARTTLS\nS: 220 go on\nC: \x16\x03\x01'))),
  ).toEqual(['message request 1 STARTTLS', 'message response 1 220 go on', 'state TLS begins'])
  expect(describeDissected(dissectWhole(smtpDissector, parseScript('S: 250 OK\nC: QUIT\nS: 221 Bye')))).toEqual([
    'message response 0 250 OK',
    'message request 1 QUIT',
    'message response 1 221 Bye',
  ])
})

test('reports incomplete messages when the connection ends', () => {
  const steps: Step[] = parseScript(`${OPENING}\nC: DATA\nS: 354 Go\nC: Subject: half`)
  expect(describeDissected(dissectWhole(smtpDissector, [...steps, ['response', '25']])).slice(-2)).toEqual([
    'transfer request 3 15 bytes of mail, Subject: half, incomplete',
    'error incomplete reply: 25',
  ])
  expect(
    describeDissected(
      dissectWhole(smtpDissector, [
        ['request', 'NOO'],
        ['response', '250-a\r\n250-b\r\n'],
      ]),
    ),
  ).toEqual(['message request 1 NOO', 'error incomplete reply: 250-a'])
})

test('reports held bytes, with secrets masked, if the connection ends before the reply', () => {
  const secrets = describeDissected(dissectWhole(smtpDissector, parseScript('C: AUTH LOGIN\nC: YW5u\nC: c2VjcmV0')))
  expect(secrets).toEqual(['message request 1 AUTH LOGIN', 'message request 2 ****', 'message request 3 ****'])
  const content = describeDissected(dissectWhole(smtpDissector, parseScript('C: DATA\nC: Subject: x')))
  expect(content).toEqual(['message request 1 DATA', 'transfer request 2 12 bytes of mail, Subject: x, incomplete'])
  expect(describeDissected(dissectWhole(smtpDissector, parseScript('C: STARTTLS\nC: \x16\x03\x01')))).toEqual([
    'message request 1 STARTTLS',
  ])
  const chunk = describeDissected(dissectWhole(smtpDissector, [['request', 'BDAT 10\r\nhalf']]))
  expect(chunk).toEqual(['message request 1 BDAT 10', 'transfer request 1 4 bytes of mail, incomplete'])
})

test('no event contains a secret', () => {
  const script = parseScript('S: 220 x\nC: AUTH PLAIN c2VjcmV0\nS: 334 \nC: c2VjcmV0\nS: 535 no\nC: c2VjcmV0')
  for (const dissect of [dissectWhole, dissectBytewise]) {
    for (const result of dissect(smtpDissector, script)) {
      const bytes = 'bytes' in result ? Buffer.from(result.bytes).toString() : ''
      expect(bytes + result.summary).not.toContain('c2VjcmV0')
    }
  }
})

test('truncates events to the bound, and counts all bytes', () => {
  const dissected = dissectWhole(smtpDissector, [
    ['response', `220 x\r\n`],
    ['request', `NOOP ${'x'.repeat(10_000)}\r\n`],
    ['response', `${`250-${'y'.repeat(3000)}\r\n`.repeat(2)}250 end\r\n`],
    ['request', 'DATA\r\n'],
    ['response', '354 go\r\n'],
    ['request', `${'z'.repeat(99_998)}\r\n.\r\n`],
  ])
  const sizes = dissected.flatMap(result => ('size' in result ? [[result.bytes.length, result.size]] : []))
  expect(sizes).toEqual([
    [7, 7],
    [MAX_EVENT_BYTES, 10_007],
    [MAX_EVENT_BYTES, 6021],
    [6, 6],
    [8, 8],
    [MAX_EVENT_BYTES, 100_003],
  ])
})

test('holds the bytes of a client that does not wait for 354 up to a bound, then reads them as a message', () => {
  const dissector = smtpDissector()
  dissector.push('response', Buffer.from('220 x\r\n'))
  const dissected = dissector.push(
    'request',
    Buffer.from(`DATA\r\n${'x'.repeat(200_000)}\r\n.\r\n${'DATA\r\n.\r\n'.repeat(20_000)}`),
  )
  expect(describeDissected(dissected.slice(0, 3))).toEqual([
    'message request 1 DATA',
    'transfer request 2 200002 bytes of mail',
    'message request 3 DATA',
  ])
})

test('stops if a client never reads replies', () => {
  const dissector = smtpDissector()
  const dissected = dissector.push('request', Buffer.from('NOOP\r\n'.repeat(501)))
  expect(describeDissected(dissected).at(-1)).toBe(
    'error more than 500 requests wait for a reply; the trace of this connection stops',
  )
  expect(dissector.push('request', Buffer.from('NOOP\r\n'))).toEqual([])
  expect(dissector.end('request')).toEqual([])
})

const LINES = [
  'AUTH PLAIN x',
  'AUTH LOGIN',
  'DATA',
  'BDAT 7',
  'BDAT 3 LAST',
  'STARTTLS',
  'MAIL FROM:<a>',
  '.',
  '354 go',
]
const CHUNK = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc
    .constantFrom(...LINES, '334 ', '220 hi', '250-a', '250 b', '421 x', '535 no')
    .map(line => Buffer.from(`${line}\r\n`)),
)
const STEPS = fc.array(fc.tuple(fc.constantFrom<Direction>('request', 'response'), CHUNK), { maxLength: 60 })

test('never throws, and the size of the chunks makes no difference', () => {
  fc.assert(
    fc.property(STEPS, steps => {
      expect(dissectBytewise(smtpDissector, steps)).toEqual(dissectWhole(smtpDissector, steps))
    }),
    { numRuns: 500 },
  )
})

test('shows ? for a sender without an address, and for pipelined senders beyond the bound', () => {
  const script = 'C: MAIL FROM:ann\nS: 250 OK\n'
  expect(describeDissected(dissectWhole(smtpDissector, parseScript(OPENING + script)))).toContain(
    'state mail transaction begun, from ?',
  )
  const many = `${'C: MAIL FROM:<a@b.c>\n'.repeat(101)}${'S: 503 no\n'.repeat(100)}S: 250 OK\n`
  expect(describeDissected(dissectWhole(smtpDissector, parseScript(OPENING + many)))).toContain(
    'state mail transaction begun, from ?',
  )
})

test('masks the secret of the old form of AUTH with an equals sign', () => {
  const dissected = dissectWhole(smtpDissector, parseScript(`${OPENING}C: AUTH=PLAIN SECRET\nS: 502 no\n`))
  const texts = dissected.map(
    result => `${result.summary} ${'bytes' in result ? Buffer.from(result.bytes).toString('latin1') : ''}`,
  )
  expect(texts.join('\n')).toContain('AUTH=PLAIN ****')
  expect(texts.join('\n')).not.toContain('SECRET')
})

test('continues with the decrypted bytes after STARTTLS, and numbers the requests on', () => {
  const dissector = smtpDissector()
  const push = ([direction, text]: Step) => dissector.push(direction, Buffer.from(String(text)))
  const plain = parseScript('S: 220 x\nC: EHLO me\nS: 250 hello\nC: STARTTLS\nS: 220 go on\nC: NOOP injected')
  expect(describeDissected(plain.flatMap(push))).toEqual([
    'message response 0 220 x',
    'message request 1 EHLO me',
    'message response 1 250 hello',
    'message request 2 STARTTLS',
    'message response 2 220 go on',
    'state TLS begins',
  ])
  dissector.startTls?.()
  const decrypted = parseScript('C: EHLO me\nS: 250 AUTH PLAIN\nC: AUTH PLAIN c2VjcmV0\nS: 235 welcome')
  expect(describeDissected(decrypted.flatMap(push))).toEqual([
    'message request 3 EHLO me',
    'message response 3 250 AUTH PLAIN',
    'message request 4 AUTH PLAIN ****',
    'message response 4 235 welcome',
  ])
})
