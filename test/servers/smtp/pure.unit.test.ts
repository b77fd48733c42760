import { expect, test } from 'vitest'
import { AcceptedDomains } from '../../../servers/smtp/accepted-domains.ts'
import { MAX_COMMAND_LINE, rejectLine, rejectParameters } from '../../../servers/smtp/command-syntax.ts'
import { MAX_DISCARDED_BYTES, readContent } from '../../../servers/smtp/content.ts'
import { type Reception, receivedHeader } from '../../../servers/smtp/received.ts'
import { hasEnhancedCode, replacementFor } from '../../../servers/smtp/replies.ts'

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
  expect(rejectLine(line(text))?.code).toBe(code)
})

test('accepts announced parameters of each command', () => {
  expect(rejectParameters('MAIL', false)).toBeUndefined()
  expect(rejectParameters('MAIL', { SIZE: '1', BODY: '7BIT', SMTPUTF8: true })).toBeUndefined()
  expect(rejectParameters('MAIL', { SIZE: '1', RET: 'FULL' })?.text).toBe('5.5.4 The parameter RET is not implemented')
  expect(rejectParameters('RCPT', { SIZE: '1' })?.code).toBe(555)
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
  expect(new AcceptedDomains(['fourwire.test', 'Bücher.test']).accept(recipient)).toBe(accepted)
})

const RECEPTION: Reception = {
  helo: 'client.example',
  address: '192.0.2.7',
  by: 'mail.fourwire.test',
  protocol: 'ESMTP',
  recipients: ['bob@fourwire.test'],
  at: new Date('2026-01-02T03:04:05Z'),
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
  expect(replacementFor(250, 'OK', 'NOOP')).toBeUndefined()
})

test('recognizes an enhanced status code', () => {
  expect(['5.7.1 no', '2.0.0 yes', '4.123.456 x'].map(hasEnhancedCode)).toEqual([true, true, true])
  expect(['3.0.0 x', '5.7.1', '5.7 x', 'Error: 5.7.1 x'].map(hasEnhancedCode)).toEqual([false, false, false, false])
})

async function* chunks(...sizes: number[]): AsyncGenerator<Buffer> {
  for (const size of sizes) yield Buffer.alloc(size, 'x')
}

test.each([
  ['none', [], 0],
  ['up to the bound', [3, 3, 4], 10],
])('joins the chunks of the content: %s', async (_title, sizes, length) => {
  expect(await readContent(chunks(...sizes), 10)).toHaveLength(length)
})

test('content in many small chunks takes no more than twice its size', async () => {
  async function* tinyChunks(): AsyncGenerator<Buffer> {
    for (let count = 0; count < 300_000; count += 1) yield Buffer.from('xxx')
  }
  const content = await readContent(tinyChunks(), 1_000_000)
  expect(content).toHaveLength(900_000)
  expect(content.buffer.byteLength).toBeLessThanOrEqual(2 * 900_000)
  expect(new Set(content)).toEqual(new Set(Buffer.from('x')))
})

test('reads content beyond the bound to its end, and rejects it', async () => {
  const stream = chunks(3, 8, 5)
  await expect(readContent(stream, 10)).rejects.toMatchObject({ name: 'ReplyError', responseCode: 552 })
  expect(await stream.next()).toEqual({ value: undefined, done: true })
})

test('stops reading content far beyond the bound', async () => {
  let chunksRead = 0
  async function* endless(): AsyncGenerator<Buffer> {
    for (;;) {
      chunksRead += 1
      yield Buffer.alloc(1024 * 1024)
    }
  }
  await expect(readContent(endless(), 10)).rejects.toMatchObject({ responseCode: 552 })
  expect(chunksRead).toBe(MAX_DISCARDED_BYTES / (1024 * 1024) + 1)
})
