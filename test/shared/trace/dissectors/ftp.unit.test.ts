import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_EVENT_BYTES } from '../../../../shared/trace/dissector.ts'
import { ftpDataDissector, ftpDissector } from '../../../../shared/trace/dissectors/ftp.ts'
import { describeDissected, dissectBytewise, dissectWhole, type Step } from '../../../helpers/dissect.ts'

const ask = (text: string): Step => ['request', text]
const answer = (text: string): Step => ['response', text]

/** Title, what is said, what is told. */
const CONVERSATIONS: readonly (readonly [string, readonly Step[], readonly string[]])[] = [
  [
    'a login and a transfer',
    [
      answer('220 ready\r\n'),
      ask('USER ada\r\n'),
      answer('331 password?\r\n'),
      ask('PASS lovelace\r\n'),
      answer('230 welcome\r\n'),
      ask('RETR a b\r\n'),
      answer('150 here it comes\r\n'),
      answer('226 done\r\n'),
      ask('QUIT\r\n'),
      answer('221 bye\r\n'),
    ],
    [
      'message response 0 220 ready',
      'message request 1 USER ada',
      'message response 1 331 password?',
      'message request 2 PASS ****',
      'message response 2 230 welcome',
      'state logged in as ada',
      'message request 3 RETR a b',
      'message response 3 150 here it comes',
      'message response 3 226 done',
      'message request 4 QUIT',
      'message response 4 221 bye',
      'state logged out',
    ],
  ],
  [
    'a greeting of two replies, and of several lines',
    [answer('120 wait\r\n220-one\r\n two\r\n220\r\n'), ask('NOOP\r\n'), answer('200 OK\r\n')],
    [
      'message response 0 120 wait',
      'message response 0 220-one (3 lines)',
      'message request 1 NOOP',
      'message response 1 200 OK',
    ],
  ],
  [
    'a reply whose middle looks like its end',
    [
      answer('220 x\r\n'),
      ask('FEAT\r\n'),
      answer('211-Features\r\n 211 not yet\r\n211-nor this\r\n200 nor that\r\n211 End\r\n'),
    ],
    ['message response 0 220 x', 'message request 1 FEAT', 'message response 1 211-Features (5 lines)'],
  ],
  [
    'commands that came together, before the greeting too',
    [ask('USER a\r\nPASS b\r\n'), answer('220 x\r\n331 x\r\n'), ask('PWD\r\n'), answer('530 no\r\n530 no\r\n')],
    [
      'message request 1 USER a',
      'message request 2 PASS ****',
      'message response 0 220 x',
      'message response 1 331 x',
      'message request 3 PWD',
      'message response 2 530 no',
      'message response 3 530 no',
    ],
  ],
  [
    'ABOR during a transfer, as urgent data without its LF',
    [
      answer('220 x\r\n'),
      ask('RETR a\r\n'),
      answer('150 x\r\n'),
      ask('\u00ff\u00f4\u00ff\u00f2ABOR\r'),
      answer('426 aborted\r\n226 done\r\n'),
      ask('NOOP\r\n'),
      answer('200 x\r\n'),
    ],
    [
      'message response 0 220 x',
      'message request 1 RETR a',
      'message response 1 150 x',
      'message request 2 ABOR',
      'message response 1 426 aborted',
      'message response 2 226 done',
      'message request 3 NOOP',
      'message response 3 200 x',
    ],
  ],
  [
    'STAT during a transfer is answered before it',
    [
      answer('220 x\r\n'),
      ask('STOR a\r\n'),
      answer('150 x\r\n'),
      ask('STAT\r\n'),
      answer('211 half\r\n226 done\r\n'),
      ask('STAT\r\n'),
      answer('211 x\r\n'),
    ],
    [
      'message response 0 220 x',
      'message request 1 STOR a',
      'message response 1 150 x',
      'message request 2 STAT',
      'message response 2 211 half',
      'message response 1 226 done',
      'message request 3 STAT',
      'message response 3 211 x',
    ],
  ],
  [
    'another login ends the first, and 421 ends any',
    [
      answer('220 x\r\n'),
      ask('USER a\r\n'),
      answer('230 no password wanted\r\n'),
      ask('USER b\r\n'),
      answer('331 x\r\n'),
      ask('pass b\r\n'),
      answer('230 x\r\n'),
      answer('421 idle\r\n'),
    ],
    [
      'message response 0 220 x',
      'message request 1 USER a',
      'message response 1 230 no password wanted',
      'state logged in as a',
      'message request 2 USER b',
      'message response 2 331 x',
      'state logged out',
      'message request 3 PASS ****',
      'message response 3 230 x',
      'state logged in as b',
      'message response 0 421 idle',
      'state logged out',
    ],
  ],
  [
    'tracing that began in the middle: the first reply answers the first command',
    [ask('NOOP\r\n'), answer('200 OK\r\n')],
    ['message request 1 NOOP', 'message response 1 200 OK'],
  ],
  [
    'what is no FTP',
    [answer('HTTP/1.1 400 Bad Request\r\n'), ask('\u0016\u0003\u0001 hello\r\n\r\n'), answer('500 x\r\n')],
    [
      'error not an FTP reply: HTTP/1.1 400 Bad Request',
      'message request 1 \\x16\\x03\\x01 hello',
      'error not an FTP command: \\x16\\x03\\x01 hello',
      'message response 1 500 x',
    ],
  ],
  [
    'what was broken off',
    [ask('NOO'), answer('211-Features\r\n EPSV\r\n MD')],
    ['message request 1 NOO', 'message response 1 211-Features (3 lines)'],
  ],
]

describe.for([
  ['whole', dissectWhole],
  ['byte by byte', dissectBytewise],
] as const)('%s', ([, feed]) => {
  test.for(CONVERSATIONS)('%s', ([, turns, lines]) => {
    expect(describeDissected(feed(ftpDissector, turns))).toEqual(lines)
  })

  test.for([
    'PASS lovelace\r\n',
    'pass lovelace\n',
    ' PASS lovelace\r\n',
    '\u00ff\u00f4PASS lovelace\r\n',
    'ACCT lovelace\r\n',
    'PASS love',
  ])('the secret in %o is in no event', said => {
    const found = feed(ftpDissector, [ask(said)])
    const [event] = found
    expect(found).toHaveLength(1)
    expect(event && 'bytes' in event && Buffer.from(event.bytes).toString()).toMatch(/^(PASS|ACCT) \*\*\*\*\r\n$/)
    expect(event?.summary).toMatch(/^(PASS|ACCT) \*\*\*\*$/)
    expect(event && 'size' in event && event.size).toBe(said.length)
  })

  test('a line without end is kept to a bound, and counted whole', () => {
    const [event] = feed(ftpDissector, [ask(`CWD ${'x'.repeat(3 * MAX_EVENT_BYTES)}\r\n`)])
    expect(event).toMatchObject({ kind: 'message', size: 3 * MAX_EVENT_BYTES + 6 })
    expect(event && 'bytes' in event && event.bytes.length).toBe(MAX_EVENT_BYTES)
    expect(event?.summary.length).toBeLessThan(400)
  })
})

test('a thousand unanswered commands and more are told, and forgotten', () => {
  const found = dissectWhole(ftpDissector, [ask('NOOP\r\n'.repeat(1500)), answer('200 x\r\n'.repeat(1500))])
  expect(found).toHaveLength(3000)
  expect(describeDissected(found.slice(-1))).toEqual(['message response 0 200 x'])
})

test('a reply of very many lines is kept to a bound', () => {
  const [event] = dissectWhole(ftpDissector, [answer(`220-x\r\n${' line\r\n'.repeat(10_000)}220 x\r\n`)])
  expect(event).toMatchObject({ summary: '220-x (10002 lines)', size: 70_014 })
})

test('no bytes make it throw, and pieces do not matter', () => {
  const turn = fc.tuple(fc.constantFrom('request', 'response'), fc.uint8Array({ maxLength: 60 }))
  const likely = fc.tuple(
    fc.constantFrom('request', 'response'),
    fc.constantFrom(
      '220 x\r\n',
      'USER x\r\n',
      '230 x\r\n',
      'PASS x\r\n',
      '150-a\r\n',
      '150 b\r\n',
      'ABOR\r',
      'STAT\r\n',
      '211 x\n',
    ),
  )
  fc.assert(
    fc.property(fc.array(fc.oneof(turn, likely), { maxLength: 20 }), turns => {
      expect(describeDissected(dissectBytewise(ftpDissector, turns as Step[]))).toEqual(
        describeDissected(dissectWhole(ftpDissector, turns as Step[])),
      )
    }),
  )
})

test('a data connection is told once for each direction, at its end', () => {
  expect(describeDissected(dissectWhole(ftpDataDissector, [answer('one'), answer('two')]))).toEqual([
    'transfer response 0 server sent 6 bytes',
  ])
  expect(describeDissected(dissectWhole(ftpDataDissector, [ask('x')]))).toEqual([
    'transfer request 0 client sent 1 byte',
  ])
  expect(dissectWhole(ftpDataDissector, [])).toEqual([])
})

test('a password behind a bare CR is masked too', () => {
  const found = dissectWhole(ftpDissector, [['request', 'NOOP\rPASS SECRET\r\n']])
  const shown = found.map(one => `${one.summary} ${'bytes' in one ? Buffer.from(one.bytes).toString('latin1') : ''}`)
  expect(shown.join('\n')).toContain('PASS ****')
  expect(shown.join('\n')).not.toContain('SECRET')
})
