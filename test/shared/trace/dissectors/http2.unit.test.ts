import { expect, test } from 'vitest'
import { MAX_EVENT_BYTES } from '../../../../shared/trace/dissector.ts'
import { describeHttp2 } from '../../../../shared/trace/dissectors/http2.ts'

test('describes a request by its method and path, and numbers streams from 1', () => {
  const fields = { ':method': 'GET', ':path': '/a', ':authority': 'x.test', accept: ['a', 'b'], missing: undefined }
  const message = describeHttp2('request', 5, fields)
  expect(message).toMatchObject({ kind: 'message', direction: 'request', exchange: 3, summary: 'GET /a HTTP/2' })
  const bytes = 'bytes' in message ? Buffer.from(message.bytes).toString() : ''
  expect(bytes).toBe(':method: GET\r\n:path: /a\r\n:authority: x.test\r\naccept: a\r\naccept: b\r\n')
})

test.each([
  [{ ':status': 204 }, 'HTTP/2 204'],
  [{ ':status': 200, 'content-type': 'text/plain' }, 'HTTP/2 200 (text/plain)'],
  [{ ':status': 200, 'content-type': 'text/plain', 'content-length': '3' }, 'HTTP/2 200 (text/plain, 3 bytes)'],
])('describes the response %j as %s', (fields, summary) => {
  expect(describeHttp2('response', 1, fields)).toMatchObject({ direction: 'response', exchange: 1, summary })
})

test('describes CONNECT by its authority, because it has no path', () => {
  const fields = { ':method': 'CONNECT', ':authority': 'x.test:443' }
  expect(describeHttp2('request', 1, fields)).toMatchObject({ summary: 'CONNECT x.test:443 HTTP/2' })
})

test('masks secrets, escapes control characters, and truncates the bytes', () => {
  const fields = { ':method': 'GET', ':path': '/\x1b[2J', cookie: ['id=s3cret', 'b=s3cret'], authorization: 's3cret' }
  const message = describeHttp2('request', 1, { ...fields, long: 'x'.repeat(10_000) })
  expect(message.summary).toBe('GET /\\x1b[2J HTTP/2')
  const bytes = 'bytes' in message ? Buffer.from(message.bytes).toString() : ''
  expect(bytes).not.toContain('s3cret')
  expect(bytes.match(/: \*\*\*/g)).toHaveLength(3)
  expect(bytes.length).toBe(MAX_EVENT_BYTES)
})
