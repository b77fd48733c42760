import { expect, test } from 'vitest'
import { ResponseFields } from '../../../../servers/http/http2/response-fields.ts'

test('keeps the fields of a response that many requests share, and of no other', () => {
  const fields = new ResponseFields()
  const response = { status: 200, headers: ['ETag', '"a"'] }
  const shared = { ...response, shared: true } as const
  expect(fields.of(shared)).toEqual({ ':status': 200, etag: '"a"' })
  expect(fields.of(shared)).toBe(fields.of(shared))
  expect(fields.of(response)).not.toBe(fields.of(response))
})
