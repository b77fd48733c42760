import { expect, test } from 'vitest'
import { parseMailbox } from '../../../clients/smtp/mailbox.ts'
import { type SmtpRequest, validateRequest } from '../../../clients/smtp/request.ts'
import {
  describeResult,
  parseReply,
  partialFailure,
  type SendResult,
  type SmtpSession,
} from '../../../clients/smtp/result.ts'
import { UsageError } from '../../../shared/errors.ts'

const PLAIN = { from: 'ann@example.org', to: 'bob@fourwire.test' }

test.each([
  ['bob@fourwire.test', '', 'bob@fourwire.test'],
  [' bob@fourwire.test ', '', 'bob@fourwire.test'],
  ['<bob@fourwire.test>', '', 'bob@fourwire.test'],
  ['Bob B. <bob@fourwire.test>', 'Bob B.', 'bob@fourwire.test'],
  ['"B, Bob" <bob@fourwire.test>', 'B, Bob', 'bob@fourwire.test'],
  ['Postmaster', '', 'Postmaster'],
])('parses %s', (text, name, address) => {
  expect(parseMailbox('to', text)).toEqual({ name, address })
})

test.each([
  '',
  'bob',
  '@fourwire.test',
  'bob@',
  'a@b.c, d@e.f',
  'a@b.c,d@e.f',
  'bob@fourwire.test> SIZE=1',
  '<bob@fourwire.test> SIZE=1',
  'a@b.c <d@e.f> <g@h.i>',
  'Bob <two words@fourwire.test>',
])('rejects %j, which is not one address', text => {
  expect(() => parseMailbox('to', text)).toThrow(UsageError)
})

test.each<[string, SmtpRequest]>([
  ['a line ending in the sender', { ...PLAIN, from: 'ann@example.org\r\nRCPT TO:<eve@example.org>' }],
  ['a line ending in a recipient', { ...PLAIN, to: ['bob@fourwire.test', 'a@b.c\nDATA'] }],
  ['a line ending in the subject', { ...PLAIN, subject: 'Hi\r\nBcc: eve@example.org' }],
  ['a NUL in the subject', { ...PLAIN, subject: 'Hi\0' }],
  ['a line ending in a file name', { ...PLAIN, attachments: [{ filename: 'a\r\nX: y', content: '' }] }],
  ['no recipient', { ...PLAIN, to: [] }],
  ['1001 recipients', { ...PLAIN, to: Array<string>(1001).fill('bob@fourwire.test') }],
  ['raw and text', { ...PLAIN, raw: 'x', text: 'y' }],
  ['a line ending in a hidden recipient', { ...PLAIN, bcc: 'a@b.c\r\nDATA' }],
  ['a Content-ID with a space', { ...PLAIN, attachments: [{ cid: 'a b', content: '' }] }],
  ['an empty password', { ...PLAIN, credentials: { user: 'ann', password: '' } }],
  ['a NUL in the user', { ...PLAIN, credentials: { user: 'ann\0bob', password: 'x' } }],
  ['an empty list of events', { ...PLAIN, dsn: { notify: [] } }],
  ['a line ending in the ENVID', { ...PLAIN, dsn: { envid: 'a\r\nDATA' } }],
  ['an ENVID of 101 characters', { ...PLAIN, dsn: { envid: 'x'.repeat(101) } }],
  ['mx and a server', { ...PLAIN, mx: true, server: '127.0.0.1' }],
  ['mx and implicit TLS', { ...PLAIN, mx: true, tls: 'implicit' }],
  ['mx and credentials', { ...PLAIN, mx: true, credentials: { user: 'ann', password: 'x' } }],
])('rejects %s', (_title, request) => {
  expect(() => validateRequest(request)).toThrow(UsageError)
})

test('accepts valid requests', () => {
  validateRequest({ ...PLAIN, subject: 'Grüße\tund mehr', text: 'two\r\nlines', attachments: [{ content: 'x' }] })
  validateRequest({ ...PLAIN, raw: 'Subject: x\r\n\r\n' })
  validateRequest({ from: '<>', bcc: ['a@b.c', 'd@e.f'], dsn: { notify: 'never', ret: 'hdrs', envid: 'a b' } })
})

test('parses a reply, and joins the texts of its lines', () => {
  expect(parseReply('550 5.7.1 Relaying denied')).toEqual({ code: 550, text: '5.7.1 Relaying denied' })
  expect(parseReply('550-5.7.1 one\r\n550 5.7.1 two')).toEqual({ code: 550, text: '5.7.1 one 5.7.1 two' })
  expect(parseReply('250')).toEqual({ code: 250, text: '' })
  expect(parseReply('garbage')).toEqual({ code: 0, text: 'garbage' })
})

const SESSION: SmtpSession = {
  server: { host: '127.0.0.1', port: 25 },
  encrypted: false,
  accepted: ['bob@fourwire.test'],
  rejected: [{ address: 'eve@example.org', code: 550, text: '5.7.1 Relaying denied' }],
  response: { code: 250, text: '2.6.0 Kept' },
}

const RESULT: SendResult = {
  ...SESSION,
  sessions: [SESSION],
  messageId: '<1@example.org>',
  envelope: { from: 'ann@example.org', to: ['bob@fourwire.test', 'eve@example.org'] },
  size: 99,
}

test('describes accepted and rejected recipients', () => {
  expect(describeResult(RESULT).split('\n')).toEqual([
    '250 2.6.0 Kept',
    '  sent      99 bytes',
    '  accepted  bob@fourwire.test',
    '  refused   eve@example.org: 550 5.7.1 Relaying denied',
  ])
})

test('a message with rejected recipients is an error with the replies of the server', () => {
  const error = partialFailure(RESULT)
  expect(error).toMatchObject({ exitCode: 1, code: 550, text: '5.7.1 Relaying denied' })
  expect(error?.message).toBe('sent, but 1 of 2 recipients refused: eve@example.org: 550 5.7.1 Relaying denied')
  expect(partialFailure({ ...RESULT, rejected: [] })).toBeUndefined()
})

test('describes several sessions, and the recipients that no session reached', () => {
  const other = { ...SESSION, exchanger: 'mx.other.test', accepted: ['carol@other.test'], rejected: [] }
  const lost = { address: 'dan@null.test', code: 556, text: '5.1.10 null.test accepts no mail' }
  const rejected = [...SESSION.rejected, lost]
  expect(describeResult({ ...RESULT, rejected, sessions: [SESSION, other] }).split('\n')).toEqual([
    '250 2.6.0 Kept',
    '  sent      99 bytes',
    '  accepted  bob@fourwire.test',
    '  refused   eve@example.org: 550 5.7.1 Relaying denied',
    '250 2.6.0 Kept (mx.other.test, 127.0.0.1:25)',
    '  sent      99 bytes',
    '  accepted  carol@other.test',
    '  refused   dan@null.test: 556 5.1.10 null.test accepts no mail',
  ])
})
