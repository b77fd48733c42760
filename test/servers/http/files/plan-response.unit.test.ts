import { expect, test } from 'vitest'
import { bodyFrom } from '../../../../servers/http/files/body-from.ts'
import { planResponse } from '../../../../servers/http/files/plan-response.ts'
import { createRepresentation } from '../../../../servers/http/files/representation.ts'
import type { FileVersion } from '../../../../servers/http/files/source-file.ts'

const VERSION: FileVersion = { dev: 1, ino: 2, size: 10, mtimeMs: 1_700_000_000_123.5, ctimeMs: 1_700_000_000_456.7 }
const FILE = createRepresentation('text/plain', VERSION)
const BYTES = Buffer.from('0123456789')
const NOW = 1_800_000_000_000

function fieldsOf(headers: readonly string[]): Record<string, string> {
  const pairs = Array.from({ length: headers.length / 2 }, (_, index) => headers.slice(index * 2, index * 2 + 2))
  return Object.fromEntries(pairs)
}

function plan(method: string, fields: object = {}) {
  const { response, segments } = planResponse(method, fields, FILE, NOW, () => 'B')
  const { status, headers } = response
  return { status, fields: fieldsOf(headers), body: segments && String(bodyFrom(BYTES, segments)) }
}

test('GET responds with the whole file', () => {
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

test('HEAD responds with the fields of GET and no body, and ignores Range', () => {
  expect(plan('HEAD', { range: 'bytes=0-1' })).toEqual({ ...plan('GET'), body: undefined })
})

test('an empty file has an empty body', () => {
  const empty = createRepresentation('text/plain', { ...VERSION, size: 0 })
  const { response, segments } = planResponse('GET', {}, empty, NOW, () => 'B')
  expect(response.status).toBe(200)
  expect(bodyFrom(Buffer.alloc(0), segments ?? [])).toHaveLength(0)
})

test('one range is 206 with Content-Range', () => {
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

test('several ranges are multipart/byteranges, and Content-Length includes the fields of the parts', () => {
  const { status, fields, body } = plan('GET', { range: 'bytes=0-1,8-' })
  expect(status).toBe(206)
  expect(fields['Content-Type']).toBe('multipart/byteranges; boundary=B')
  expect(fields['Content-Length']).toBe(String(body?.length))
  expect(fields).not.toHaveProperty('Content-Range')
  expect(body).toContain('Content-Range: bytes 8-9/10\r\n\r\n89\r\n--B--\r\n')
})

test('a range outside the file is 416', () => {
  expect(plan('GET', { range: 'bytes=10-' })).toMatchObject({ status: 416, fields: { 'Content-Range': 'bytes */10' } })
})

test.each([{ range: 'rubbish' }, { range: 'bytes=0-1', 'if-range': '"x"' }])(
  '%j is ignored: the response is the whole file',
  fields => {
    expect(plan('GET', fields)).toMatchObject({ status: 200, body: '0123456789' })
  },
)

test('304 and 412 are without the file', () => {
  const { ETag = '' } = plan('GET').fields
  const notModified = plan('GET', { 'if-none-match': ETag })
  expect(notModified).toMatchObject({ status: 304, body: undefined, fields: { ETag } })
  expect(notModified.fields).not.toHaveProperty('Content-Length')
  expect(plan('GET', { 'if-match': '"x"' })).toMatchObject({ status: 412, body: undefined })
})

test('a range of a coded file has its coding; several ranges are answered with the whole file', () => {
  const coded = createRepresentation('text/plain', VERSION, { coding: 'br', fields: ['Vary', 'Accept-Encoding'] })
  const planCoded = (range: string) => planResponse('GET', { range }, coded, NOW, () => 'B')
  const single = planCoded('bytes=0-3')
  expect(single.segments).toEqual([{ first: 0, last: 3 }])
  expect(fieldsOf(single.response.headers)).toMatchObject({
    'Content-Encoding': 'br',
    'Content-Range': 'bytes 0-3/10',
    Vary: 'Accept-Encoding',
  })
  expect(planCoded('bytes=0-3,5-6')).toMatchObject({ response: { status: 200 }, segments: [{ first: 0, last: 9 }] })
})

test('304 has the fields that depend on the request, and no coding', () => {
  const coded = createRepresentation('text/plain', VERSION, { coding: 'br', fields: ['Vary', 'Accept-Encoding'] })
  const fields = { 'if-none-match': '*' }
  const { response } = planResponse('GET', fields, coded, NOW, () => 'B')
  expect(response.status).toBe(304)
  expect(Object.keys(fieldsOf(response.headers))).toEqual(['ETag', 'Last-Modified', 'Vary'])
})
