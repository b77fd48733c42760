import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_EVENT_BYTES } from '../../../../shared/trace/dissector.ts'
import { ftpDataDissector } from '../../../../shared/trace/dissectors/ftp/data.ts'
import { ftpDissector } from '../../../../shared/trace/dissectors/ftp.ts'
import { describeDissected, dissectBytewise, dissectWhole, type Step } from '../../../helpers/dissect.ts'

const command = (text: string): Step => ['request', text]
const reply = (text: string): Step => ['response', text]

/** Title, steps, results. */
const CONVERSATIONS: readonly (readonly [string, readonly Step[], readonly string[]])[] = [
  [
    'a TLS handshake without AUTH',
    [reply('220 ready\r\n'), command('\x16\x03\x01\x00\x05a\nb\r\n'), command('\x17\x03\r\n'), reply('500 what?\r\n')],
    [
      'message response 0 220 ready',
      'error a TLS handshake: on this port, TLS begins with AUTH TLS',
      'message response 0 500 what?',
    ],
  ],
  [
    'a login and a transfer',
    [
      reply('220 ready\r\n'),
      command('USER ada\r\n'),
      reply('331 password?\r\n'),
      command('PASS lovelace\r\n'),
      reply('230 welcome\r\n'),
      command('RETR a b\r\n'),
      reply('150 here it comes\r\n'),
      reply('226 done\r\n'),
      command('QUIT\r\n'),
      reply('221 bye\r\n'),
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
    'a greeting of two replies, one of them with several lines',
    [reply('120 wait\r\n220-one\r\n two\r\n220\r\n'), command('NOOP\r\n'), reply('200 OK\r\n')],
    [
      'message response 0 120 wait',
      'message response 0 220-one (3 lines)',
      'message request 1 NOOP',
      'message response 1 200 OK',
    ],
  ],
  [
    'a multi-line reply with lines that look like its last line',
    [
      reply('220 x\r\n'),
      command('FEAT\r\n'),
      reply('211-Features\r\n 211 not yet\r\n211-nor this\r\n200 nor that\r\n211 End\r\n'),
    ],
    ['message response 0 220 x', 'message request 1 FEAT', 'message response 1 211-Features (5 lines)'],
  ],
  [
    'commands pipelined before the greeting',
    [command('USER a\r\nPASS b\r\n'), reply('220 x\r\n331 x\r\n'), command('PWD\r\n'), reply('530 no\r\n530 no\r\n')],
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
      reply('220 x\r\n'),
      command('RETR a\r\n'),
      reply('150 x\r\n'),
      command('\u00ff\u00f4\u00ff\u00f2ABOR\r'),
      reply('426 aborted\r\n226 done\r\n'),
      command('NOOP\r\n'),
      reply('200 x\r\n'),
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
    'a reply to STAT during a transfer',
    [
      reply('220 x\r\n'),
      command('STOR a\r\n'),
      reply('150 x\r\n'),
      command('STAT\r\n'),
      reply('211 half\r\n226 done\r\n'),
      command('STAT\r\n'),
      reply('211 x\r\n'),
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
    'a second login that ends the first, and a 421 that ends the session',
    [
      reply('220 x\r\n'),
      command('USER a\r\n'),
      reply('230 no password needed\r\n'),
      command('USER b\r\n'),
      reply('331 x\r\n'),
      command('pass b\r\n'),
      reply('230 x\r\n'),
      reply('421 idle\r\n'),
    ],
    [
      'message response 0 220 x',
      'message request 1 USER a',
      'message response 1 230 no password needed',
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
    'a conversation without its beginning: the first reply answers the first command',
    [command('NOOP\r\n'), reply('200 OK\r\n')],
    ['message request 1 NOOP', 'message response 1 200 OK'],
  ],
  [
    'bytes that are not FTP',
    [reply('HTTP/1.1 400 Bad Request\r\n'), command('\u0001\u0003\u0001 hello\r\n\r\n'), reply('500 x\r\n')],
    [
      'error not an FTP reply: HTTP/1.1 400 Bad Request',
      'message request 1 \\x01\\x03\\x01 hello',
      'error not an FTP command: \\x01\\x03\\x01 hello',
      'message response 1 500 x',
    ],
  ],
  [
    'a command and a reply that are incomplete at the end',
    [command('NOO'), reply('211-Features\r\n EPSV\r\n MD')],
    ['message request 1 NOO', 'message response 1 211-Features (3 lines)'],
  ],
]

describe.for([
  ['of a whole step', dissectWhole],
  ['of one byte', dissectBytewise],
] as const)('in chunks %s', ([, dissect]) => {
  test.for(CONVERSATIONS)('dissects %s', ([, steps, lines]) => {
    expect(describeDissected(dissect(ftpDissector, steps))).toEqual(lines)
  })

  test.for([
    'PASS lovelace\r\n',
    'pass lovelace\n',
    ' PASS lovelace\r\n',
    '\u00ff\u00f4PASS lovelace\r\n',
    'PA\u00ff\u00f1SS lovelace\r\n',
    'pA\u00ff\u00fb\u0001Ss lovelace\r\n',
    'PA\u00ff\u00fd\nSS lovelace\r\n',
    '  \u00ffPASS lovelace\r\n',
    'ACCT lovelace\r\n',
    // The space is the option of a Telnet command.
    'PASS\u00ff\u00fb lovelace\r\n',
    // An escaped IAC, not the beginning of WILL.
    '\u00ff\u00ff\u00fbPASS lovelace\r\n',
    'PASSWORD lovelace\r\n',
    'PASS love',
  ])('masks the secret in %o', line => {
    const dissected = dissect(ftpDissector, [command(line)])
    const [event] = dissected
    expect(dissected).toHaveLength(1)
    expect(event && 'bytes' in event && Buffer.from(event.bytes).toString()).toMatch(/^(PASS|ACCT) \*\*\*\*\r\n$/)
    expect(event?.summary).toMatch(/^(PASS|ACCT) \*\*\*\*$/)
    expect(event && 'size' in event && event.size).toBe(line.length)
  })

  test('truncates a long line to the bound of an event, and counts all its bytes', () => {
    const [event] = dissect(ftpDissector, [command(`CWD ${'x'.repeat(3 * MAX_EVENT_BYTES)}\r\n`)])
    expect(event).toMatchObject({ kind: 'message', size: 3 * MAX_EVENT_BYTES + 6 })
    expect(event && 'bytes' in event && event.bytes.length).toBe(MAX_EVENT_BYTES)
    expect(event?.summary.length).toBeLessThan(400)
  })
})

test('emits more than a thousand pipelined commands; replies beyond the bound have no command', () => {
  const steps = [command('NOOP\r\n'.repeat(1500)), reply('200 x\r\n'.repeat(1500))]
  const dissected = dissectWhole(ftpDissector, steps)
  expect(dissected).toHaveLength(3000)
  expect(describeDissected(dissected.slice(-1))).toEqual(['message response 0 200 x'])
})

test('a reply of many lines is one message with their number', () => {
  const [event] = dissectWhole(ftpDissector, [reply(`220-x\r\n${' line\r\n'.repeat(10_000)}220 x\r\n`)])
  expect(event).toMatchObject({ summary: '220-x (10002 lines)', size: 70_014 })
})

test('never throws, and the size of the chunks makes no difference', () => {
  const anyStep = fc.tuple(fc.constantFrom('request', 'response'), fc.uint8Array({ maxLength: 60 }))
  const likelyStep = fc.tuple(
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
    fc.property(fc.array(fc.oneof(anyStep, likelyStep), { maxLength: 20 }), steps => {
      expect(describeDissected(dissectBytewise(ftpDissector, steps as Step[]))).toEqual(
        describeDissected(dissectWhole(ftpDissector, steps as Step[])),
      )
    }),
  )
})

/** A dissector of a data connection whose clock advances by `step` milliseconds at each reading. */
function dataDissector(step: number) {
  let time = 0
  return () =>
    ftpDataDissector(() => {
      time += step
      return time
    })
}

test('a data connection is one transfer per direction, emitted at its end', () => {
  expect(describeDissected(dissectWhole(dataDissector(0), [reply('one'), reply('two')]))).toEqual([
    'transfer response 0 server sent 6 bytes',
  ])
  expect(describeDissected(dissectWhole(dataDissector(0), [command('x')]))).toEqual([
    'transfer request 0 client sent 1 byte',
  ])
  expect(dissectWhole(dataDissector(0), [])).toEqual([])
})

test('a transfer has its rate and its first bytes', () => {
  const [transfer] = dissectWhole(dataDissector(500), [reply('x'.repeat(3000)), reply('y'.repeat(3000))])
  expect(transfer).toMatchObject({ summary: 'server sent 6000 bytes (11.7 KiB/s)', size: 6000 })
  expect(transfer && 'bytes' in transfer && String(transfer.bytes)).toBe('x'.repeat(3000) + 'y'.repeat(1096))
})

test.for(['NOOP', 'USER ada'])('masks a password after %s and a bare CR', verb => {
  const steps = [command(`${verb}\rPASS SECRET\r\n`), reply('230 x\r\n')]
  const texts = dissectWhole(ftpDissector, steps).map(
    result => `${result.summary} ${'bytes' in result ? Buffer.from(result.bytes).toString('latin1') : ''}`,
  )
  expect(texts.join('\n')).toContain('PASS ****')
  expect(texts.join('\n')).not.toContain('SECRET')
})

test('masks a password after escaped IAC bytes and a Telnet option, in chunks', () => {
  const bytes = (text: string): Step => ['request', Buffer.from(text, 'latin1')]
  const steps = [bytes(`PASS sec${'\xff'.repeat(5)}`), bytes('\xfb\nret\r\n')]
  expect(describeDissected(dissectWhole(ftpDissector, steps))).toEqual(['message request 1 PASS ****'])
})
