import { describe, expect, test } from 'vitest'
import { responseToParseError } from '../../../../servers/http/connection/parse-error.ts'

describe('responseToParseError', () => {
  const status = (
    code: string | undefined,
    text = '',
    bytesParsed = code === 'HPE_HEADER_OVERFLOW' ? text.length : 1,
  ) => responseToParseError({ code, rawPacket: Buffer.from(text, 'latin1'), bytesParsed }).status

  test.each([
    ['a request that timed out', 'ERR_HTTP_REQUEST_TIMEOUT', '', 408],
    ['an HTTP/2 preface', 'HPE_PAUSED_H2_UPGRADE', 'PRI * HTTP/2.0\r\n\r\n', 505],
    ['a long target', 'HPE_HEADER_OVERFLOW', `GET /${'a'.repeat(9000)}`, 414],
    ['long fields', 'HPE_HEADER_OVERFLOW', `GET / HTTP/1.1\r\nX: ${'a'.repeat(9000)}`, 431],
    [
      'a long target after a valid request',
      'HPE_HEADER_OVERFLOW',
      `GET / HTTP/1.1\r\n\r\nGET /${'a'.repeat(9000)}`,
      414,
    ],
    ['an unknown method', 'HPE_INVALID_METHOD', 'BREW / HTTP/1.1\r\n\r\n', 501],
    ['TLS', 'HPE_INVALID_METHOD', '\x16\x03\x01', 400],
    ['an HTTP/1 version that does not exist', 'HPE_INVALID_VERSION', 'GET / HTTP/1.2\r\n\r\n', 505],
    ['another version', 'HPE_INVALID_VERSION', 'GET / HTTP/3.0\r\n', 505],
    ['a malformed line ending after the version', 'HPE_INVALID_VERSION', 'GET / HTTP/1.1\nX', 400],
    ['an error of the version after a valid request line', 'HPE_INVALID_VERSION', 'GET / HTTP/1.1\r\n', 400],
    ['a long chunk extension', 'HPE_CHUNK_EXTENSIONS_OVERFLOW', '', 413],
    ['any other error', 'HPE_INVALID_HEADER_TOKEN', 'GET / HTTP/1.1\r\n', 400],
    ['an error without a code', undefined, '', 400],
  ])('%s', (_title, code, text, expected) => expect(status(code, text)).toBe(expected))

  test('examines only the bytes after the last complete head, if there are any', () => {
    expect(responseToParseError({ code: 'HPE_INVALID_METHOD' }).status).toBe(400)
    expect(status('HPE_INVALID_METHOD', 'GET / HTTP/1.1\r\n\r\nBREW / HTTP/1.1\r\n\r\n', 20)).toBe(501)
  })
})
