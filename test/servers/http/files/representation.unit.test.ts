import { expect, test } from 'vitest'
import { bodyFrom } from '../../../../servers/http/files/content.ts'
import { listingPage, sortEntries } from '../../../../servers/http/files/listing.ts'
import {
  createRepresentation,
  type FileState,
  planResponse,
  sameState,
} from '../../../../servers/http/files/representation.ts'

const STATE: FileState = { dev: 1, ino: 2, size: 10, mtimeMs: 1_700_000_000_123.5, ctimeMs: 1_700_000_000_456.7 }
const FILE = createRepresentation('text/plain', STATE)
const CONTENT = Buffer.from('0123456789')
const NOW = 1_800_000_000_000

function fieldsOf(headers: readonly string[]): Record<string, string> {
  const pairs = Array.from({ length: headers.length / 2 }, (_, index) => headers.slice(index * 2, index * 2 + 2))
  return Object.fromEntries(pairs)
}

function plan(method: string, fields: object = {}) {
  const { response: answer, parts: pieces } = planResponse(method, fields, FILE, NOW, () => 'B')
  return { status: answer.status, fields: fieldsOf(answer.headers), body: pieces && String(bodyFrom(CONTENT, pieces)) }
}

test('the whole file', () => {
  const { status, fields, body } = plan('GET')
  expect({ status, body }).toEqual({ status: 200, body: '0123456789' })
  expect(fields).toMatchObject({
    'Content-Type': 'text/plain',
    'Content-Length': '10',
    'Last-Modified': 'Tue, 14 Nov 2023 22:13:20 GMT',
    'Accept-Ranges': 'bytes',
    'Cache-Control': 'no-cache',
  })
})

test('HEAD has the same fields and no body, whatever Range says', () => {
  expect(plan('HEAD', { range: 'bytes=0-1' })).toEqual({ ...plan('GET'), body: undefined })
})

test('an empty file is an empty body', () => {
  const { response: answer, parts: pieces } = planResponse(
    'GET',
    {},
    createRepresentation('text/plain', { ...STATE, size: 0 }),
    NOW,
    () => 'B',
  )
  expect(answer.status).toBe(200)
  expect(bodyFrom(Buffer.alloc(0), pieces ?? [])).toHaveLength(0)
})

test('one range', () => {
  expect(plan('GET', { range: 'bytes=2-4' })).toMatchObject({
    status: 206,
    fields: {
      'Content-Range': 'bytes 2-4/10',
      'Content-Length': '3',
      'Content-Type': 'text/plain',
      ETag: plan('GET').fields.ETag,
    },
    body: '234',
  })
})

test('several ranges: the length is that of all parts with their fields', () => {
  const { status, fields, body } = plan('GET', { range: 'bytes=0-1,8-' })
  expect(status).toBe(206)
  expect(fields['Content-Type']).toBe('multipart/byteranges; boundary=B')
  expect(fields['Content-Length']).toBe(String(body?.length))
  expect(fields).not.toHaveProperty('Content-Range')
  expect(body).toContain('Content-Range: bytes 8-9/10\r\n\r\n89\r\n--B--\r\n')
})

test('a range outside the file', () => {
  expect(plan('GET', { range: 'bytes=10-' })).toMatchObject({ status: 416, fields: { 'Content-Range': 'bytes */10' } })
})

test.each([{ range: 'rubbish' }, { range: 'bytes=0-1', 'if-range': '"x"' }])('%j gives the whole file', fields => {
  expect(plan('GET', fields)).toMatchObject({ status: 200, body: '0123456789' })
})

test('not modified, and precondition failed, come without the file', () => {
  const { ETag = '' } = plan('GET').fields
  const notModified = plan('GET', { 'if-none-match': ETag })
  expect(notModified).toMatchObject({ status: 304, body: undefined, fields: { ETag } })
  expect(notModified.fields).not.toHaveProperty('Content-Length')
  expect(plan('GET', { 'if-match': '"x"' })).toMatchObject({ status: 412, body: undefined })
})

test.each<keyof FileState>(['dev', 'ino', 'size', 'mtimeMs', 'ctimeMs'])('another %s is another state', key => {
  expect(sameState(STATE, { ...STATE })).toBe(true)
  expect(sameState(STATE, { ...STATE, [key]: STATE[key] + 1 })).toBe(false)
})

test.each<keyof FileState>(['ino', 'size', 'ctimeMs'])('another %s is another tag', key => {
  expect(createRepresentation('a', { ...STATE, [key]: STATE[key] + 1 }).etag).not.toEqual(FILE.etag)
})

const entry = (name: string, folder = false, size = 0) => ({ name, folder, size, modified: 0 })

test('a listing has folders first, then names with numbers by their value', () => {
  const names = sortEntries([entry('b10'), entry('b9'), entry('z', true), entry('a')]).map(({ name }) => name)
  expect(names).toEqual(['z', 'a', 'b9', 'b10'])
})

test('a listing escapes names and encodes links', () => {
  const html = listingPage('/<b>/', { entries: [entry(`<script>&"'`), entry('a:b c', true)], omitted: 0 })
  expect(html).toContain('<h1>/&lt;b&gt;/</h1>')
  expect(html).toContain(`<a href="./%3Cscript%3E%26%22&#39;">&lt;script&gt;&amp;&quot;&#39;</a>`)
  expect(html).toContain('<a href="./a%3Ab%20c/">a:b c/</a><td><td>1970-01-01 00:00')
  expect(html).not.toContain('<script>')
})

test('a listing has a way up except at the top, sizes for people, and says when it is cut', () => {
  const entries = [
    entry('a', false, 0),
    entry('b', false, 1023),
    entry('c', false, 1536),
    entry('d', false, 5 * 2 ** 40),
  ]
  const html = listingPage('/', { entries, omitted: 3 })
  for (const size of ['<td>0 B<td>', '<td>1023 B<td>', '<td>1.5 KiB<td>', '<td>5.0 TiB<td>'])
    expect(html).toContain(size)
  expect(html).toContain('and 3 more')
  expect(html).not.toContain('href="../../"')
  expect(listingPage('/x/', { entries: [], omitted: 0 })).toContain('href="../../"')
})
