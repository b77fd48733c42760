import { describe, expect, test } from 'vitest'
import { responseFraming, serializeHead, serializeLastChunk } from '../../../../servers/http/http1/serialize.ts'
import type { Response, StreamedBody } from '../../../../servers/http/response/response.ts'

const stream: StreamedBody = { async *chunks() {}, close: async () => {} }
const OPTIONS = { date: 'a date', keepAlive: undefined, framing: 'length' } as const

describe('serializeHead', () => {
  test('writes the fields, the date and the connection', () => {
    const response = { status: 200, headers: ['X', 'a', 'x', 'b'], body: 'é' }
    expect(serializeHead(response, { ...OPTIONS, keepAlive: 5 })).toBe(
      'HTTP/1.1 200 OK\r\nX: a\r\nx: b\r\nContent-Length: 2\r\nDate: a date\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\n\r\n',
    )
  })

  test('the Upgrade field has its connection option', () => {
    const response = { status: 426, headers: ['Upgrade', 'websocket'] }
    expect(serializeHead(response, { ...OPTIONS, keepAlive: 5 })).toContain('\r\nUpgrade: websocket\r\n')
    expect(serializeHead(response, { ...OPTIONS, keepAlive: 5 })).toContain(
      '\r\nConnection: upgrade, keep-alive\r\nKeep-Alive: timeout=5\r\n',
    )
    expect(serializeHead(response, OPTIONS)).toContain('\r\nConnection: upgrade, close\r\n')
  })

  test.each<[string, Response, object, string]>([
    ['a reason phrase', { status: 200, headers: [], reason: 'Fine' }, {}, 'HTTP/1.1 200 Fine\r\nContent-Length: 0\r\n'],
    ['an unusual status', { status: 299, headers: [] }, {}, 'HTTP/1.1 299 299\r\nContent-Length: 0\r\n'],
    [
      'a length that the handler knows',
      { status: 200, headers: ['content-length', '7'], body: stream },
      {},
      'HTTP/1.1 200 OK\r\ncontent-length: 7\r\n',
    ],
    ['bytes', { status: 200, headers: [], body: Buffer.alloc(3) }, {}, 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n'],
    [
      'chunks',
      { status: 200, headers: [], body: stream },
      { framing: 'chunked' },
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n',
    ],
    ['no body', { status: 304, headers: [] }, { framing: 'none' }, 'HTTP/1.1 304 Not Modified\r\n'],
    [
      'fields of the connection',
      { status: 200, headers: ['Connection', 'x', 'Keep-Alive', 'y', 'Transfer-Encoding', 'z'] },
      {},
      'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n',
    ],
  ])('%s', (_title, response, options, head) => {
    expect(serializeHead(response, { ...OPTIONS, ...options })).toBe(`${head}Date: a date\r\nConnection: close\r\n\r\n`)
  })

  test('keeps the date of the handler', () => {
    expect(serializeHead({ status: 204, headers: ['Date', 'mine'] }, { ...OPTIONS, framing: 'none' })).toBe(
      'HTTP/1.1 204 No Content\r\nDate: mine\r\nConnection: close\r\n\r\n',
    )
  })

  test.each([
    [['X', 'a\r\nb']],
    [['X', 'a\nb']],
    [['X', '\0']],
    [['X', '€']],
    [['X\r\nY', 'a']],
    [['', 'a']],
    [['a b', 'a']],
  ])('refuses %j, which would break the message', headers => {
    expect(() => serializeHead({ status: 200, headers }, OPTIONS)).toThrow('a response has an invalid')
  })

  test('refuses a reason phrase with a line end', () => {
    expect(() => serializeHead({ status: 200, headers: [], reason: 'a\r\nb' }, OPTIONS)).toThrow(
      'invalid value of reason',
    )
  })
})

test.each<[string, Partial<Response>, string, boolean, string]>([
  ['bytes', { body: 'x' }, 'GET', true, 'length'],
  ['no body', {}, 'GET', true, 'length'],
  ['a stream', { body: stream }, 'GET', true, 'chunked'],
  ['a stream for HTTP/1.0', { body: stream }, 'GET', false, 'until-close'],
  ['a stream with a length', { body: stream, headers: ['Content-Length', '1'] }, 'GET', true, 'length'],
  ['HEAD of bytes', { body: 'x' }, 'HEAD', true, 'length'],
  ['HEAD of a stream', { body: stream }, 'HEAD', true, 'none'],
  ['HEAD without a body', {}, 'HEAD', true, 'none'],
  ['204', { status: 204 }, 'GET', true, 'none'],
  ['304', { status: 304, body: 'x' }, 'GET', true, 'none'],
  ['101', { status: 101 }, 'GET', true, 'none'],
])('the framing of a response with %s', (_title, changes, method, isHttp11, framing) => {
  expect(responseFraming({ status: 200, headers: [], ...changes }, method, isHttp11)).toBe(framing)
})

test('serializes the last chunk with trailers', () => {
  expect(serializeLastChunk()).toBe('0\r\n\r\n')
  expect(serializeLastChunk(['X', 'a', 'Y', 'b'])).toBe('0\r\nX: a\r\nY: b\r\n\r\n')
  expect(() => serializeLastChunk(['X\n', 'a'])).toThrow('invalid trailer name')
  expect(() => serializeLastChunk(['X', 'a\n'])).toThrow('invalid value')
})
