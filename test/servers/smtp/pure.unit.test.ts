import { expect, test } from 'vitest'
import { AcceptedDomains } from '../../../servers/smtp/commands/accepted-domains.ts'
import { extensions } from '../../../servers/smtp/commands/extensions.ts'
import { MAX_COMMAND_LINE, parseLine, rejectLine } from '../../../servers/smtp/commands/line.ts'
import { parsePathArgument } from '../../../servers/smtp/commands/path.ts'
import { Transaction } from '../../../servers/smtp/commands/transaction.ts'
import { MessageBudget } from '../../../servers/smtp/message/message-budget.ts'
import { dateTime, type Reception, receivedHeader } from '../../../servers/smtp/message/received.ts'
import {
  contentRejected,
  formatReply,
  hasEnhancedCode,
  replacementFor,
  storeUnavailable,
} from '../../../servers/smtp/replies.ts'

const line = (text: string) => Buffer.from(text, 'latin1')

test.each([
  ['a line of the maximum length', 'x'.repeat(MAX_COMMAND_LINE - 2), undefined],
  ['a longer line', 'x'.repeat(MAX_COMMAND_LINE - 1), 500],
  ['DATA', 'DATA', undefined],
  ['DATA with a space', 'data ', undefined],
  ['RSET with an argument', 'rset all', 501],
  ['QUIT with an argument', 'QUIT\tnow', 501],
  ['a command with arguments', 'NOOP a b c', undefined],
  ['an empty line', '', undefined],
])('checks the syntax of %s', (_title, text, code) => {
  expect(rejectLine(parseLine(line(text)), text.length)?.code).toBe(code)
})

test.each([
  ['bob@fourwire.test', true],
  ['bob@FOURWIRE.TEST', true],
  ['"odd@local"@fourwire.test', true],
  ['POSTMASTER', true],
  ['bob', false],
  ['', false],
  ['bob@', false],
  ['bob@sub.fourwire.test', false],
  ['bob@[127.0.0.1]', false],
  ['bob@bücher.test', true],
  ['bob@xn--bcher-kva.test', true],
])('accepts mail for %s: %s', (recipient, accepted) => {
  const path = parsePathArgument(`TO:<${recipient}>`, 'TO')
  const domains = new AcceptedDomains(['fourwire.test', 'Bücher.test'])
  const isAccepted = typeof path === 'object' && path.mailbox !== undefined && domains.accept(path.mailbox)
  expect(isAccepted).toBe(accepted)
})

const RECEPTION: Reception = {
  helo: 'client.example',
  address: '192.0.2.7',
  by: 'mail.fourwire.test',
  protocol: 'ESMTP',
  recipients: ['bob@fourwire.test'],
  at: dateTime(new Date('2026-01-02T03:04:05Z')),
}

test('the Received header has the client, the server, the protocol, the recipient and the time', () => {
  expect(receivedHeader(RECEPTION)).toBe(
    'Received: from client.example ([192.0.2.7])\r\n\tby mail.fourwire.test with ESMTP for <bob@fourwire.test>;\r\n\tFri, 02 Jan 2026 03:04:05 +0000\r\n',
  )
})

test('the Received header names no recipient unless there is exactly one', () => {
  for (const recipients of [[], ['a@fourwire.test', 'b@fourwire.test']]) {
    expect(receivedHeader({ ...RECEPTION, recipients })).toContain('with ESMTP;\r\n')
  }
})

test('writes an IPv6 address as a literal', () => {
  expect(receivedHeader({ ...RECEPTION, address: '::1', helo: '[IPv6:::1]' })).toContain(
    'from [IPv6:::1] ([IPv6:::1])\r\n',
  )
})

test.each(['', 'two words', 'a(comment)', 'a;b', 'b\u00fccher', 'x'.repeat(300)])('omits the HELO name %j', helo => {
  expect(receivedHeader({ ...RECEPTION, helo })).toContain('from [192.0.2.7] ([192.0.2.7])\r\n')
})

test('replaces replies of smtp-server', () => {
  expect(replacementFor(500, 'Error: command not recognized', 'STARTTLS')?.code).toBe(502)
  expect(replacementFor(500, 'Error: command not recognized', 'XYZZY')).toEqual({
    code: 500,
    text: '5.5.2 Command not recognized',
  })
  expect(replacementFor(451, 'Error: internal server error', '')?.text).toBe(
    '4.3.0 The command failed, try again later',
  )
  expect(replacementFor(250, 'OK', 'NOOP')).toBeUndefined()
})

test('recognizes an enhanced status code', () => {
  expect(['5.7.1 no', '2.0.0 yes', '4.123.456 x'].map(hasEnhancedCode)).toEqual([true, true, true])
  expect(['3.0.0 x', '5.7.1', '5.7 x', 'Error: 5.7.1 x'].map(hasEnhancedCode)).toEqual([false, false, false, false])
})

test('names the server if its store cannot be opened', () => {
  expect(storeUnavailable('mail.fourwire.test')).toMatch(/^421 mail\.fourwire\.test cannot open its store.*\r\n$/)
})

test('formats replies of one line and of several, and no control character of a text', () => {
  expect(formatReply({ code: 250, text: 'a\r\nb' })).toBe('250 a  b')
  expect(formatReply({ code: 250, text: 'a', more: ['b', 'c'] })).toBe('250-a\r\n250-b\r\n250 c')
})

test('offers STARTTLS and AUTH only if it is possible', () => {
  const nothing = extensions({ maxSize: 10, starttls: false, authMethods: [] })
  expect(nothing).toEqual([
    'PIPELINING',
    'SIZE 10',
    '8BITMIME',
    'SMTPUTF8',
    'CHUNKING',
    'DSN',
    'ENHANCEDSTATUSCODES',
    'HELP',
  ])
  const all = extensions({ maxSize: 10, starttls: true, authMethods: ['PLAIN', 'LOGIN'] })
  expect(all.filter(each => !nothing.includes(each))).toEqual(['STARTTLS', 'AUTH PLAIN LOGIN'])
})

test('a recipient that is named again replaces the one before', async () => {
  const transaction = new Transaction({ maxSize: 100, maxRecipients: 1, checkRecipient: () => undefined })
  transaction.mail('FROM:<>')
  await transaction.rcpt('TO:<bob@fourwire.test> NOTIFY=NEVER')
  await transaction.rcpt('TO:<bob@fourwire.test> NOTIFY=DELAY')
  expect(transaction.envelope).toEqual({ from: '', to: ['bob@fourwire.test'] })
  expect(transaction.recipientParameters).toEqual([{ notify: ['DELAY'] }])
})

test('messages share a budget, and give back what they reserved', () => {
  const budget = new MessageBudget(10)
  const [first, second] = [budget.open(), budget.open()]
  expect([first.reserve(6), second.reserve(6), second.reserve(4)]).toEqual([true, false, true])
  first.release(2)
  expect([first.size, second.reserve(3), second.reserve(2)]).toEqual([4, false, true])
  first.release()
  expect(second.reserve(4)).toBe(true)
})

test('the reply to a message that was rejected has the reason', () => {
  const replies = [
    contentRejected({ reason: 'too big' }, 10),
    contentRejected({ reason: 'no memory' }, 10),
    contentRejected({ reason: 'malformed', problem: 'NUL', line: 7 }, 10),
  ]
  expect(replies.map(formatReply)).toEqual([
    '552 5.3.4 The message is larger than 10 bytes',
    '452 4.3.1 Too many messages at once, try again later',
    '554 5.6.0 Line 7 of the message has a NUL byte',
  ])
})
