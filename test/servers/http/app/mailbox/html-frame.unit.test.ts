import { expect, test } from 'vitest'
import { htmlFrameResponse } from '../../../../../servers/http/app/mailbox/html-frame.ts'
import type { View } from '../../../../../shared/store/mail/parse/jobs.ts'

const IMAGE = {
  filename: 'x.png',
  type: 'image/png',
  size: 3,
  cid: 'a@x',
  inline: true,
  content: new Uint8Array([0, 1, 2]),
}
const DATA = 'data:image/png;base64,AAEC'

function documentOf(html: string, ...attachments: View['attachments'][number][]): string {
  return String(htmlFrameResponse(html, attachments).body)
}

test.each([
  ['<img src="cid:a@x">', `<img src="${DATA}">`],
  ['<img src=cid:a@x alt=x>', `<img src=${DATA} alt=x>`],
  ["<img src='CID:a%40x'>", `<img src='${DATA}'>`],
  ['<p style="background: url(cid:a@x)">', `<p style="background: url(${DATA})">`],
  ['<p>The text cid:a@x stays</p>', '<p>The text cid:a@x stays</p>'],
  ['<img src="cid:unknown">', '<img src="cid:unknown">'],
  ['<img src="cid:%">', '<img src="cid:%">'],
])('%s becomes %s', (html, expected) => expect(documentOf(html, IMAGE)).toBe(expected))

test.each([
  ['text/html', 'a@x'],
  ['image/png"><script>', 'a@x'],
  ['image/png', undefined],
])('a part of the type %s with the Content-ID %s is not inserted', (type, cid) => {
  expect(documentOf('<img src="cid:a@x">', { ...IMAGE, type, cid })).toBe('<img src="cid:a@x">')
})

test('a part without content is not inserted', () => {
  const { content, ...summary } = IMAGE
  expect(documentOf('<img src="cid:a@x">', summary)).toBe('<img src="cid:a@x">')
})

test('many references to one image do not make a large document', () => {
  const image = { ...IMAGE, content: new Uint8Array(1024 * 1024) }
  const document = documentOf('<img src="cid:a@x">'.repeat(1000), image)
  expect(document.match(/data:/g)).toHaveLength(4)
  expect(document.length).toBeLessThan(7 * 1024 * 1024)
})

test.each([
  ['<LINK rel=preconnect href=//evil.example>', '<x-LINK rel=preconnect href=//evil.example>'],
  ['<meta\nhttp-equiv=refresh>', '<x-meta\nhttp-equiv=refresh>'],
  ['<<base href=x>', '<<x-base href=x>'],
  ['<IFRAME srcdoc=x><frameset><frame>', '<x-IFRAME srcdoc=x><x-frameset><x-frame>'],
  ['<object data=x><embed src=x>', '<x-object data=x><x-embed src=x>'],
  ['<b<link>', '<b<x-link>'],
])('%j becomes %j', (html, expected) => expect(documentOf(html)).toBe(expected))

test('a hostile megabyte is rewritten in linear time', () => {
  // With a time that grows with the square of the length, this takes minutes.
  for (const html of [
    '='.repeat(1_000_000),
    `=${' '.repeat(1_000_000)}`,
    'url('.repeat(250_000),
    '=cid:'.repeat(200_000),
  ]) {
    expect(documentOf(html, IMAGE)).toBe(html)
  }
})
