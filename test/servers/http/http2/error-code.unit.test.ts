import { expect, test } from 'vitest'
import { errorCodeFor } from '../../../../servers/http/http2/error-code.ts'

const nghttp2Error = (errno: number) => Object.assign(new Error('Protocol error'), { code: 'ERR_HTTP2_ERROR', errno })

test.each([
  [-505, 0x1],
  [-524, 0x3],
  [-510, 0x5],
  [-522, 0x6],
  [-904, 0xb],
  [-901, undefined],
])('the error %i of nghttp2 becomes the code %j', (errno, code) => {
  expect(errorCodeFor(nghttp2Error(errno))).toBe(code)
})

test('an error of the system or no error has no code of HTTP/2', () => {
  expect(errorCodeFor(new Error('reset'))).toBeUndefined()
  expect(errorCodeFor(undefined)).toBeUndefined()
})
