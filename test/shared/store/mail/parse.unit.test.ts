import { serialize } from 'node:v8'
import { describe, expect, onTestFinished, test } from 'vitest'
import { findLinks } from '../../../../shared/store/mail/parse/links.ts'
import { MessageParser } from '../../../../shared/store/mail/parse/message-parser.ts'
import { parseContent, parseHeader } from '../../../../shared/store/mail/parse/parse-message.ts'

const bytes = (text: string) => Buffer.from(text.replaceAll('\n', '\r\n'))

function parser(options: { timeout?: number } = {}): MessageParser {
  const parser = new MessageParser(options)
  onTestFinished(() => parser.close())
  return parser
}

describe('header fields', () => {
  const header = (text: string) => parseHeader(bytes(text))
  test.each([
    ['an encoded word', 'Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\n\n', 'Grüße'],
    ['a word in base64', 'Subject: =?iso-8859-1?b?R3L832U=?=\n\n', 'Grüße'],
    ['adjacent encoded words', 'Subject: =?utf-8?q?Gr=C3=BC?=\n =?utf-8?q?=C3=9Fe?=\n\n', 'Grüße'],
    ['raw UTF-8', 'Subject: Grüße\n\n', 'Grüße'],
    ['a folded line', 'Subject: one\n two\n\tthree\n\n', 'one two three'],
    ['an unknown character set', 'Subject: =?x-none?q?abc?=\n\n', 'abc'],
    ['control characters', 'Subject: a\x00b\x1b[1mc\n\n', 'a b [1mc'],
  ])('%s is decoded', (_, text, value) => expect(header(text).headers[0]).toEqual({ name: 'Subject', value }))

  test('other bytes than UTF-8 are Latin-1', () => {
    expect(parseHeader(Buffer.from('Subject: Gr\xfc\xdfe\r\n\r\n', 'latin1')).headers[0]?.value).toBe('Grüße')
  })

  test('an encoded comma does not split an address', () => {
    expect(header('From: =?utf-8?q?Doe=2C_John?= <john@x.test>\n\n').addresses.from).toEqual([
      { name: 'Doe, John', address: 'john@x.test' },
    ])
  })

  test('groups are their members', () => {
    expect(header('To: Team: a@x.test, B <b@x.test>;, c@x.test\nCc: none:;\n\n').addresses).toMatchObject({
      to: [{ address: 'a@x.test' }, { name: 'B', address: 'b@x.test' }, { address: 'c@x.test' }],
      cc: [],
    })
  })

  test('an invalid or missing date is undefined', () => {
    expect(header('Date: yesterday\n\n').date).toBeUndefined()
    expect(header('Date: Tue, 03 Mar 2026 10:00:00 +0100\n\n').date).toEqual(new Date('2026-03-03T09:00:00Z'))
  })

  test('lines without a colon, and an empty message, have no fields', () => {
    expect(header('no colon\n: no name\nA: b\n\nC: body\n').headers).toEqual([{ name: 'A', value: 'b' }])
    expect(parseHeader(Buffer.alloc(0)).headers).toEqual([])
    expect(parseHeader(Buffer.from('A: no end of the line')).headers).toHaveLength(1)
    expect(parseHeader(Buffer.from('A: b\n\nC: d\n')).headers).toHaveLength(1)
  })

  test('fields, addresses and the length of a field are bounded', () => {
    expect(header(`${'A: b\n'.repeat(2000)}\n`).headers).toHaveLength(1000)
    expect(header(`To: ${'a@x, '.repeat(6000)}\n\n`).addresses.to).toHaveLength(1000)
    expect(header(`A: ${'x'.repeat(100_000)}\n\n`).headers[0]?.value.length).toBeLessThan(65_536)
  })
})

describe('content', () => {
  test('the text of a message with HTML alone is that of the HTML', async () => {
    const { text, html } = await parseContent(bytes('Content-Type: text/html\n\n<p>Hi <b>Bob</b></p>\n'))
    expect([text, html?.trim()]).toEqual(['Hi Bob', '<p>Hi <b>Bob</b></p>'])
  })

  const part = (type: string, text: string) => `--m\nContent-Type: ${type}\n\n${text}\n`
  const multipart = (...parts: string[]) =>
    `Content-Type: multipart/alternative; boundary=m\n\n${parts.join('')}--m--\n`
  test.each([
    ['HTML alone', 'Content-Type: text/html\n\n<p>x</p>\n', true],
    ['HTML as its only part', multipart(part('text/html', '<p>x</p>')), true],
    ['an empty text beside HTML', multipart(part('text/plain', ''), part('text/html', '<p>x</p>')), true],
    ['text beside HTML', multipart(part('text/plain', 'x'), part('text/html', '<p>x</p>')), undefined],
    ['text alone', 'Subject: x\n\nx\n', undefined],
  ])('of a message with %s, the text is from the HTML: %s', async (_, message, isFromHtml) => {
    const { text, textIsFromHtml } = await parseContent(bytes(message))
    expect([text, textIsFromHtml]).toEqual(['x', isFromHtml])
  })

  test('an image that the HTML shows is inline and has its content', async () => {
    const { attachments, html } = await parseContent(
      bytes(`Content-Type: multipart/related; boundary=m

--m
Content-Type: text/html

<img src="cid:logo">
--m
Content-Type: image/png
Content-ID: <logo>
Content-Transfer-Encoding: base64

AAEC
--m--
`),
    )
    expect(html).toContain('cid:logo')
    expect(attachments).toMatchObject([{ type: 'image/png', cid: 'logo', inline: true, size: 3 }])
    expect([...(attachments[0]?.content ?? [])]).toEqual([0, 1, 2])
  })
})

describe('links', () => {
  test.each([
    ['See https://x.test/a?b=1.', '', ['https://x.test/a?b=1']],
    ['(https://x.test/a_(b)) <http://y.test>', '', ['https://x.test/a_(b)', 'http://y.test']],
    [
      '',
      `<a href="https://x.test/?a=1&amp;b=2">x</a> <a href='mailto:a@x.test'>`,
      ['https://x.test/?a=1&b=2', 'mailto:a@x.test'],
    ],
    ['https://x.test', '<a href=https://x.test>', ['https://x.test']],
    ['no links: http:// and //x', '<a href="#top"><a href="/path">', []],
  ])('of %j and %j', (text, html, links) => expect(findLinks(text, html)).toEqual(links))

  test('in a hostile megabyte are found in linear time', () => {
    const texts = [`href${' '.repeat(1_000_000)}`, 'href="'.repeat(160_000), `href${' '.repeat(1000)}`.repeat(1000)]
    // With a time that grows with the square of the length, this takes minutes.
    for (const text of texts) expect(findLinks(text, text)).toEqual([])
  })

  test('are at most 1000, and none is longer than 4096 characters', () => {
    const many = Array.from({ length: 2000 }, (_, index) => `https://x.test/${index}`).join(' ')
    expect(findLinks(many, '')).toHaveLength(1000)
    expect(findLinks('', many.replaceAll(/\S+/g, '<a href="$&">'))).toHaveLength(1000)
    expect(findLinks('', '<a href="https://x.test/1"> '.repeat(3000))).toHaveLength(1)
    expect(findLinks(`https://x.test/${'a'.repeat(5000)}`, '')).toEqual([])
  })
})

test.each([
  { lines: 499_997, truncated: false },
  { lines: 499_998, truncated: true },
])(
  '500,000 lines are parsed: $lines lines and those of the header are truncated: $truncated',
  async ({ lines, truncated }) => {
    const content = await parseContent(bytes(`Subject: lines\n\n${'\n'.repeat(lines)}end`))
    expect(content.truncated).toBe(truncated)
    expect(content.text.endsWith('end')).toBe(!truncated)
  },
)

describe('the parser in its thread', () => {
  test('stops a message that takes too long, and parses the next one', async () => {
    const messages = parser({ timeout: 100 })
    const flowed = `Content-Type: text/plain; format=flowed\n\n${`${'a '.repeat(30)}\n`.repeat(490_000)}`
    const slow = await messages.view(bytes(`Subject: slow\n${flowed}`))
    expect(slow).toMatchObject({ problem: 'parsing takes more than 100 ms', text: '' })
    expect(slow.headers).toEqual([
      { name: 'Subject', value: 'slow' },
      { name: 'Content-Type', value: 'text/plain; format=flowed' },
    ])
    // On a busy machine, a short message can take too long, too.
    await expect.poll(() => messages.view(bytes('Subject: next\n\nHi\n'))).toMatchObject({ text: 'Hi' })
  })

  test('rejects messages beyond its queue, and all after it was closed', async () => {
    const messages = parser()
    const views = await Promise.allSettled(Array.from({ length: 102 }, () => messages.view(bytes('A: b\n\nHi\n'))))
    expect(views.map(({ status }) => status).filter(status => status === 'rejected')).toHaveLength(1)
    const waiting = messages.view(bytes('A: b\n\nHi\n'))
    await Promise.all([expect(waiting).rejects.toMatchObject({ code: 'closed' }), messages.close()])
    await expect(messages.view(bytes('A: b\n\nHi\n'))).rejects.toMatchObject({ code: 'closed' })
  })

  test.each([
    ['9.9 MB of bare LF', `Subject: x\r\n\r\n${'\n'.repeat(9_900_000)}`],
    [
      '9 MB of format=flowed',
      `Subject: x\r\nContent-Type: text/plain; format=flowed\r\n\r\n${'abc \r\n'.repeat(1_500_000)}`,
    ],
    ['200,000 groups', `Subject: x\r\nTo: ${'a:;'.repeat(200_000)}\r\n\r\nx\r\n`],
    [
      '100,000 parts',
      `Subject: x\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n${'--m\r\n\r\nx\r\n'.repeat(100_000)}`,
    ],
    ['a poisonous header', `Subject: x\r\n${' \r\n'.repeat(17_000)}\r\nx\r\n`],
    [
      'parts that are nested 5,000 deep',
      `Subject: x\r\n${Array.from({ length: 5000 }, (_, level) => `Content-Type: multipart/mixed; boundary=m${level}\r\n\r\n--m${level}\r\n`).join('')}\r\nx`,
    ],
    ['1 MB of words in one line of HTML', `Subject: x\r\nContent-Type: text/html\r\n\r\n${'<b>'.repeat(300_000)}`],
  ])('%s have a short result, so that receiving it does not stop the event loop', async (_, text) => {
    const view = await parser().view(Buffer.from(text))
    expect(view.headers[0]).toEqual({ name: 'Subject', value: 'x' })
    expect(serialize(view).length).toBeLessThan(MAX_RESULT_BYTES)
  })
})

/** A text of a MiB, and the rest. To receive so much takes about a millisecond; `npm run stalls:smtp` measures it. */
const MAX_RESULT_BYTES = 1.25 * 1024 * 1024
