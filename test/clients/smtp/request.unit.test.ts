import { expect, test } from 'vitest'
import { parseMailbox, recipientsOf, validateRequest } from '../../../clients/smtp/request.ts'
import { describeResult, parseReply, partialFailure, type SendResult } from '../../../clients/smtp/result.ts'
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

test.each([
  ['a line ending in the sender', { ...PLAIN, from: 'ann@example.org\r\nRCPT TO:<eve@example.org>' }],
  ['a line ending in a recipient', { ...PLAIN, to: ['bob@fourwire.test', 'a@b.c\nDATA'] }],
  ['a line ending in the subject', { ...PLAIN, subject: 'Hi\r\nBcc: eve@example.org' }],
  ['a NUL in the subject', { ...PLAIN, subject: 'Hi\0' }],
  ['a line ending in a file name', { ...PLAIN, attachments: [{ filename: 'a\r\nX: y', content: '' }] }],
  ['no recipient', { ...PLAIN, to: [] }],
  ['1001 recipients', { ...PLAIN, to: Array<string>(1001).fill('bob@fourwire.test') }],
  ['raw and text', { ...PLAIN, raw: 'x', text: 'y' }],
])('rejects %s', (_title, request) => {
  expect(() => validateRequest(request)).toThrow(UsageError)
})

test('accepts valid requests', () => {
  validateRequest({ ...PLAIN, subject: 'Grüße\tund mehr', text: 'two\r\nlines', attachments: [{ content: 'x' }] })
  validateRequest({ ...PLAIN, raw: 'Subject: x\r\n\r\n' })
  expect(recipientsOf({ from: '<>', to: ['a@b.c', 'd@e.f'] })).toEqual(['a@b.c', 'd@e.f'])
})

test('parses a reply, and joins the texts of its lines', () => {
  expect(parseReply('550 5.7.1 Relaying denied')).toEqual({ code: 550, text: '5.7.1 Relaying denied' })
  expect(parseReply('550-5.7.1 one\r\n550 5.7.1 two')).toEqual({ code: 550, text: '5.7.1 one 5.7.1 two' })
  expect(parseReply('250')).toEqual({ code: 250, text: '' })
  expect(parseReply('garbage')).toEqual({ code: 0, text: 'garbage' })
})

const RESULT: SendResult = {
  messageId: '<1@example.org>',
  envelope: { from: 'ann@example.org', to: ['bob@fourwire.test', 'eve@example.org'] },
  accepted: ['bob@fourwire.test'],
  rejected: [{ address: 'eve@example.org', code: 550, text: '5.7.1 Relaying denied' }],
  response: { code: 250, text: '2.6.0 Kept' },
  size: 99,
  server: { host: '127.0.0.1', port: 25 },
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
