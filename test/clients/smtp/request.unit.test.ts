import { expect, test } from 'vitest'
import { describeReply, parseResponse, partlyRefused, type SmtpReply } from '../../../clients/smtp/reply.ts'
import { checkRequest, parseMailbox, recipientsOf } from '../../../clients/smtp/request.ts'
import { UsageError } from '../../../shared/errors.ts'

const PLAIN = { from: 'ann@example.org', to: 'bob@fourwire.test' }

test.each([
  ['bob@fourwire.test', '', 'bob@fourwire.test'],
  [' bob@fourwire.test ', '', 'bob@fourwire.test'],
  ['<bob@fourwire.test>', '', 'bob@fourwire.test'],
  ['Bob B. <bob@fourwire.test>', 'Bob B.', 'bob@fourwire.test'],
  ['"B, Bob" <bob@fourwire.test>', 'B, Bob', 'bob@fourwire.test'],
  ['Postmaster', '', 'Postmaster'],
])('an address is read: %s', (given, name, address) => {
  expect(parseMailbox('to', given)).toEqual({ name, address })
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
])('what is not one address is refused: %j', given => {
  expect(() => parseMailbox('to', given)).toThrow(UsageError)
})

test.each([
  ['a line ending in the sender', { ...PLAIN, from: 'ann@example.org\r\nRCPT TO:<eve@example.org>' }],
  ['a line ending in a recipient', { ...PLAIN, to: ['bob@fourwire.test', 'a@b.c\nDATA'] }],
  ['a line ending in the subject', { ...PLAIN, subject: 'Hi\r\nBcc: eve@example.org' }],
  ['a NUL in the subject', { ...PLAIN, subject: 'Hi\0' }],
  ['a line ending in a file name', { ...PLAIN, attachments: [{ filename: 'a\r\nX: y', content: '' }] }],
  ['no recipient', { ...PLAIN, to: [] }],
  ['a thousand and one', { ...PLAIN, to: Array<string>(1001).fill('bob@fourwire.test') }],
  ['raw and text', { ...PLAIN, raw: 'x', text: 'y' }],
])('a request that cannot be sent is refused: %s', (_what, request) => {
  expect(() => checkRequest(request)).toThrow(UsageError)
})

test('what is harmless passes', () => {
  checkRequest({ ...PLAIN, subject: 'Grüße\tund mehr', text: 'two\r\nlines', attachments: [{ content: 'x' }] })
  checkRequest({ ...PLAIN, raw: 'Subject: x\r\n\r\n' })
  expect(recipientsOf({ from: '<>', to: ['a@b.c', 'd@e.f'] })).toEqual(['a@b.c', 'd@e.f'])
})

test('a reply is taken apart, its lines joined', () => {
  expect(parseResponse('550 5.7.1 Relaying denied')).toEqual({ code: 550, text: '5.7.1 Relaying denied' })
  expect(parseResponse('550-5.7.1 one\r\n550 5.7.1 two')).toEqual({ code: 550, text: '5.7.1 one 5.7.1 two' })
  expect(parseResponse('250')).toEqual({ code: 250, text: '' })
  expect(parseResponse('rubbish')).toEqual({ code: 0, text: 'rubbish' })
})

const REPLY: SmtpReply = {
  messageId: '<1@example.org>',
  envelope: { from: 'ann@example.org', to: ['bob@fourwire.test', 'eve@example.org'] },
  accepted: ['bob@fourwire.test'],
  rejected: [{ address: 'eve@example.org', code: 550, text: '5.7.1 Relaying denied' }],
  response: { code: 250, text: '2.6.0 Kept' },
  size: 99,
  server: { host: '127.0.0.1', port: 25 },
}

test('a person is told who took it and who did not', () => {
  expect(describeReply(REPLY).split('\n')).toEqual([
    '250 2.6.0 Kept',
    '  sent      99 bytes',
    '  accepted  bob@fourwire.test',
    '  refused   eve@example.org: 550 5.7.1 Relaying denied',
  ])
})

test('a message that some did not take is an error with the server’s words', () => {
  const error = partlyRefused(REPLY)
  expect(error).toMatchObject({ exitCode: 1, code: 550, text: '5.7.1 Relaying denied' })
  expect(error?.message).toBe('sent, but 1 of 2 recipients refused: eve@example.org: 550 5.7.1 Relaying denied')
  expect(partlyRefused({ ...REPLY, rejected: [] })).toBeUndefined()
})
