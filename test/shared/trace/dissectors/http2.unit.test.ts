import { expect, test } from 'vitest'
import { MAX_EVENT_BYTES } from '../../../../shared/trace/dissector.ts'
import { describeHttp2, http2Dissector } from '../../../../shared/trace/dissectors/http2.ts'

test('a request is told by its method and path, its stream as a number from 1', () => {
  const fields = { ':method': 'GET', ':path': '/a', ':authority': 'x.test', accept: ['a', 'b'], missing: undefined }
  const told = describeHttp2('request', 5, fields)
  expect(told).toMatchObject({ kind: 'message', direction: 'request', exchange: 3, summary: 'GET /a HTTP/2' })
  const bytes = 'bytes' in told ? Buffer.from(told.bytes).toString() : ''
  expect(bytes).toBe(':method: GET\r\n:path: /a\r\n:authority: x.test\r\naccept: a\r\naccept: b\r\n')
})

test.each([
  [{ ':status': 204 }, 'HTTP/2 204'],
  [{ ':status': 200, 'content-type': 'text/plain' }, 'HTTP/2 200 (text/plain)'],
  [{ ':status': 200, 'content-type': 'text/plain', 'content-length': '3' }, 'HTTP/2 200 (text/plain, 3 bytes)'],
])('a response %j is told as %s', (fields, summary) => {
  expect(describeHttp2('response', 1, fields)).toMatchObject({ direction: 'response', exchange: 1, summary })
})

test('a request of CONNECT has a host in the place of a path', () => {
  const fields = { ':method': 'CONNECT', ':authority': 'x.test:443' }
  expect(describeHttp2('request', 1, fields)).toMatchObject({ summary: 'CONNECT x.test:443 HTTP/2' })
})

test('secrets are masked, control characters written out, and the bytes cut', () => {
  const fields = { ':method': 'GET', ':path': '/\x1b[2J', cookie: ['id=s3cret', 'b=s3cret'], authorization: 's3cret' }
  const told = describeHttp2('request', 1, { ...fields, long: 'x'.repeat(10_000) })
  expect(told.summary).toBe('GET /\\x1b[2J HTTP/2')
  const bytes = 'bytes' in told ? Buffer.from(told.bytes).toString() : ''
  expect(bytes).not.toContain('s3cret')
  expect(bytes.match(/: \*\*\*/g)).toHaveLength(3)
  expect(bytes.length).toBe(MAX_EVENT_BYTES)
})

test('in the frames themselves nothing is looked for', () => {
  const dissector = http2Dissector()
  expect([...dissector.push('request', Buffer.from('GET / HTTP/1.1\r\n\r\n')), ...dissector.end('request')]).toEqual([])
})
