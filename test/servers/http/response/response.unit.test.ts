import { expect, test } from 'vitest'
import { responseToParseError } from '../../../../servers/http/connection/parse-error.ts'
import { serializeResponse } from '../../../../servers/http/response/response.ts'

test('serializes a complete response that closes the connection', () => {
  const bytes = serializeResponse(responseToParseError({ code: 'ERR_HTTP_REQUEST_TIMEOUT' }), 'a date')
  expect(Buffer.from(bytes).toString()).toBe(
    'HTTP/1.1 408 Request Timeout\r\nDate: a date\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 56\r\n' +
      'X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n408 Request Timeout\nThe request did not arrive in time.\n',
  )
  expect(Buffer.from(serializeResponse({ status: 204, headers: [] }, 'd')).toString()).toBe(
    'HTTP/1.1 204 No Content\r\nDate: d\r\n\r\n',
  )
})
