import { describe, expect, test } from 'vitest'
import { responseToParseError, serializeResponse } from '../../../../servers/http/connection/parse-error.ts'
import { mediaTypeOf } from '../../../../servers/http/files/media-type.ts'
import { encodePath, parseTarget } from '../../../../servers/http/request/target.ts'
import { validateRequest } from '../../../../servers/http/request/validate-request.ts'
import { allowField, Router } from '../../../../servers/http/routes/router.ts'

describe('the request target', () => {
  test.each([
    ['/', '/', ''],
    ['/a/b?x=1', '/a/b', 'x=1'],
    ['/a?b?c#d', '/a', 'b?c'],
    ['/a#b?c', '/a', ''],
    ['/caf%C3%A9%20x', '/café x', ''],
    ['/a%3Fb', '/a?b', ''],
    ['http://host', '/', ''],
    ['HTTPS://user@host:1/a?b', '/a', 'b'],
    ['http://host?b', '/', 'b'],
  ])('%s', (text, path, query) => expect(parseTarget(text)).toEqual({ kind: 'path', path, query }))

  test('* is the server', () => expect(parseTarget('*')).toEqual({ kind: 'server' }))

  test.each(['/%', '/%zz', '/%c3%28', '/a%2fb', '/a%2Fb', '/%00', 'a', 'ftp://host/', '', 'host:1'])(
    '%j is invalid',
    text => expect(parseTarget(text).kind).toBe('invalid'),
  )

  test('a path in a Location field is encoded, and cannot name another host', () => {
    expect(encodePath('/a b/é?')).toBe('/a%20b/%C3%A9%3F')
    expect(encodePath('//evil.example')).toBe('/evil.example')
  })
})

describe('the table of routes', () => {
  const router = new Router<string>(
    [['/mail'], ['/mail/:id'], ['/mail/:id/parts/:part'], ['/:any/x']].map(([path = '']) => ({
      path,
      methods: { GET: path },
    })),
  )
  test.each([
    ['/mail', '/mail', {}],
    ['/mail/7', '/mail/:id', { id: '7' }],
    ['/mail/7/parts/1', '/mail/:id/parts/:part', { id: '7', part: '1' }],
    ['/other/x', '/:any/x', { any: 'other' }],
  ])('%s', (path, route, params) => expect(router.find(path)).toMatchObject({ route: { path: route }, params }))

  test.each(['/', '/mail/', '/mailbox', '/mail/7/parts', '/mail/7/other/1', '//x', '/MAIL'])('%s has none', path =>
    expect(router.find(path)).toBeUndefined(),
  )

  test('who has GET allows HEAD, and everybody OPTIONS', () => {
    expect(allowField({ GET: 1, POST: 1 })).toBe('GET, HEAD, POST, OPTIONS')
    expect(allowField({ OPTIONS: 1 })).toBe('OPTIONS')
  })
})

describe('the soundness of a request', () => {
  const head = (given: object) => ({
    url: '/',
    httpVersionMajor: 1,
    httpVersionMinor: 1,
    rawHeaders: [],
    headers: {},
    ...given,
  })
  const host = (value: string) => ({ rawHeaders: ['Host', value], headers: { host: value } })

  test.each([
    ['a name', host('www.fourwire.test:8080')],
    ['an IPv6 address', host('[::1]:8080')],
    ['an empty Host', host('')],
    ['HTTP/1.0 without Host', { httpVersionMinor: 0 }],
    ['Expect: 100-continue', { rawHeaders: ['Host', 'a'], headers: { host: 'a', expect: '100-Continue' } }],
  ])('%s is sound', (_title, given) => expect(validateRequest(head(given))).toBeUndefined())

  test.each([
    ['no Host', {}, 400],
    ['two Hosts', { rawHeaders: ['Host', 'a', 'X', 'y', 'hOST', 'a'], headers: { host: 'a' } }, 400],
    ['a Host with a path', host('a/b'), 400],
    ['a Host with a space', host('a b'), 400],
    ['HTTP/2.0', { ...host('a'), httpVersionMajor: 2 }, 505],
    ['HTTP/0.9', { httpVersionMajor: 0, httpVersionMinor: 9 }, 505],
    ['a target of 8193 bytes', { ...host('a'), url: `/${'a'.repeat(8192)}` }, 414],
    ['another expectation', { rawHeaders: ['Host', 'a'], headers: { host: 'a', expect: 'tea' } }, 417],
  ])('%s is not', (_title, given, status) => expect(validateRequest(head(given))?.status).toBe(status))
})

describe('bytes that could not be parsed', () => {
  const status = (
    code: string | undefined,
    text = '',
    bytesParsed = code === 'HPE_HEADER_OVERFLOW' ? text.length : 1,
  ) => responseToParseError({ code, rawPacket: Buffer.from(text, 'latin1'), bytesParsed }).status

  test.each([
    ['a late request', 'ERR_HTTP_REQUEST_TIMEOUT', '', 408],
    ['an HTTP/2 preface', 'HPE_PAUSED_H2_UPGRADE', 'PRI * HTTP/2.0\r\n\r\n', 505],
    ['a long target', 'HPE_HEADER_OVERFLOW', `GET /${'a'.repeat(9000)}`, 414],
    ['long fields', 'HPE_HEADER_OVERFLOW', `GET / HTTP/1.1\r\nX: ${'a'.repeat(9000)}`, 431],
    [
      'a long target after a good request',
      'HPE_HEADER_OVERFLOW',
      `GET / HTTP/1.1\r\n\r\nGET /${'a'.repeat(9000)}`,
      414,
    ],
    ['an unknown method', 'HPE_INVALID_METHOD', 'BREW / HTTP/1.1\r\n\r\n', 501],
    ['TLS', 'HPE_INVALID_METHOD', '\x16\x03\x01', 400],
    ['a version of HTTP/1 that there is not', 'HPE_INVALID_VERSION', 'GET / HTTP/1.2\r\n\r\n', 505],
    ['another version', 'HPE_INVALID_VERSION', 'GET / HTTP/3.0\r\n', 505],
    ['a bad line ending after the version', 'HPE_INVALID_VERSION', 'GET / HTTP/1.1\nX', 400],
    ['a bad version after a good line', 'HPE_INVALID_VERSION', 'GET / HTTP/1.1\r\n', 400],
    ['a long chunk extension', 'HPE_CHUNK_EXTENSIONS_OVERFLOW', '', 413],
    ['anything else', 'HPE_INVALID_HEADER_TOKEN', 'GET / HTTP/1.1\r\n', 400],
    ['an error without a code', undefined, '', 400],
  ])('%s', (_title, code, text, expected) => expect(status(code, text)).toBe(expected))

  test('nothing is known of the bytes', () => {
    expect(responseToParseError({ code: 'HPE_INVALID_METHOD' }).status).toBe(400)
    expect(status('HPE_INVALID_METHOD', 'GET / HTTP/1.1\r\n\r\nBREW / HTTP/1.1\r\n\r\n', 20)).toBe(501)
  })

  test('the answer closes the connection, and is complete as bytes', () => {
    const bytes = serializeResponse(responseToParseError({ code: 'ERR_HTTP_REQUEST_TIMEOUT' }), 'a date')
    expect(Buffer.from(bytes).toString()).toBe(
      'HTTP/1.1 408 Request Timeout\r\nDate: a date\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 56\r\n' +
        'X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n408 Request Timeout\nThe request did not arrive in time.\n',
    )
    expect(Buffer.from(serializeResponse({ status: 204, headers: [] }, 'd')).toString()).toBe(
      'HTTP/1.1 204 No Content\r\nDate: d\r\n\r\n',
    )
  })
})

test.each([
  ['a.html', 'text/html; charset=utf-8'],
  ['/x/a.TXT', 'text/plain; charset=utf-8'],
  ['a.js', 'text/javascript; charset=utf-8'],
  ['a.json', 'application/json; charset=utf-8'],
  ['a.svg', 'image/svg+xml; charset=utf-8'],
  ['a.png', 'image/png'],
  ['a.tar.gz', 'application/gzip'],
  ['html', 'application/octet-stream'],
  ['a.', 'application/octet-stream'],
  ['a.nobodyknows', 'application/octet-stream'],
])('the media type of %s is %s', (name, type) => expect(mediaTypeOf(name)).toBe(type))
