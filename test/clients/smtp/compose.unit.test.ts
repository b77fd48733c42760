import { simpleParser } from 'mailparser'
import { expect, test } from 'vitest'
import { compose } from '../../../clients/smtp/compose.ts'

const PNG = Buffer.from('89504e470d0a1a0a', 'hex')

test('the header names the recipients of copies, but not those of blind copies', async () => {
  const { content, envelope } = await compose({
    from: 'ann@example.org',
    to: 'bob@fourwire.test',
    cc: ['Carol <carol@fourwire.test>', 'bob@fourwire.test'],
    bcc: 'dan@fourwire.test',
    text: 'Hi',
  })
  expect(envelope.to).toEqual(['bob@fourwire.test', 'carol@fourwire.test', 'dan@fourwire.test'])
  const header = content.toString().split('\r\n\r\n', 1)[0]
  expect(header).toContain('To: bob@fourwire.test\r\nCc: Carol <carol@fourwire.test>, bob@fourwire.test\r\n')
  expect(content.toString()).not.toMatch(/dan|bcc/i)
})

test('a message with blind copies only has no To field', async () => {
  const { content } = await compose({ from: 'ann@example.org', bcc: 'dan@fourwire.test', text: 'Hi' })
  expect(content.toString()).not.toMatch(/^(?:to|cc|bcc):/im)
})

test('HTML shows an inline image by its Content-ID', async () => {
  const { content } = await compose({
    from: 'ann@example.org',
    to: 'bob@fourwire.test',
    text: 'Hi',
    html: '<img src="cid:logo.png">',
    attachments: [
      { filename: 'logo.png', content: PNG, cid: 'logo.png' },
      { filename: 'notes.txt', content: 'a note' },
    ],
  })
  const { attachments, html, text } = await simpleParser(content)
  expect(
    attachments.map(({ filename, cid, related, contentDisposition }) => [filename, cid, related, contentDisposition]),
  ).toEqual([
    ['logo.png', 'logo.png', true, 'inline'],
    ['notes.txt', undefined, undefined, 'attachment'],
  ])
  expect(html).toBe(`<img src="data:image/png;base64,${PNG.toString('base64')}">`)
  expect(text).toBe('Hi')
})

test('a whole message is sent byte for byte, if its lines end with CRLF', async () => {
  const raw = Buffer.from('X: \xff\x00\r\n\r\n.\r\n..\r\n\r\n', 'latin1')
  expect((await compose({ from: '<>', to: 'bob@fourwire.test', raw })).content).toEqual(raw)
})

test('other line endings of a whole message become CRLF', async () => {
  const { content } = await compose({ from: '<>', to: 'bob@fourwire.test', raw: 'A: b\n\nc\rd\r\ne' })
  expect(content.toString()).toBe('A: b\r\n\r\nc\r\nd\r\ne\r\n')
})
