/** The parser of the fuzz accepts what RFC 9112 allows a server to send, and nothing else. */
import { describe, expect, test } from 'vitest'
import { frame, TYPE } from '../../servers/http/http2/frames.ts'
import { checkFrames, parseResponses } from './responses.ts'

const DATE = 'Date: Sat, 28 Nov 2026 14:00:00 GMT\r\n'
const head = (fields: string, status = '200 OK') => `HTTP/1.1 ${status}\r\n${DATE}${fields}\r\n`
const parse = (text: string, methods?: readonly string[]) =>
  parseResponses(Buffer.from(text, 'latin1'), { methods, mayBeHead: methods === undefined })

test.each<[title: string, text: string, statuses: number[], isTruncated: boolean]>([
  ['nothing', '', [], false],
  [
    'a length',
    `${head('Content-Length: 2\r\n')}hi${head('Content-Length: 0\r\n', '404 Not Found')}`,
    [200, 404],
    false,
  ],
  ['chunks and trailers', `${head('Transfer-Encoding: chunked\r\n')}2\r\nhi\r\n0\r\nX: y\r\n\r\n`, [200], false],
  ['the end of the connection', `${head('Connection: close\r\n')}any bytes`, [200], false],
  ['100 Continue', `HTTP/1.1 100 Continue\r\n\r\n${head('', '204 No Content')}`, [204], false],
  ['a WebSocket', 'HTTP/1.1 101 Switching Protocols\r\n\r\n\x81\x02hi', [101], false],
  ['half a head', 'HTTP/1.1 200 O', [], true],
  ['half a body', `${head('Content-Length: 3\r\n')}hi`, [200], true],
  ['half a chunk', `${head('Transfer-Encoding: chunked\r\n')}3\r\nhi`, [200], true],
  ['half a WebSocket frame', 'HTTP/1.1 101 Switching Protocols\r\n\r\n\x81\x03hi', [101], true],
])('accepts %s', (_title, text, statuses, isTruncated) => {
  const received = parse(
    text,
    statuses.map(() => 'GET'),
  )
  expect([received.responses.map(each => each.status), received.isTruncated]).toEqual([statuses, isTruncated])
})

test('a response to HEAD has no body', () => {
  const text = `${head('Content-Length: 5\r\n')}${head('Content-Length: 2\r\n')}hi`
  for (const methods of [['HEAD', 'GET'], undefined]) expect(parse(text, methods).responses).toHaveLength(2)
})

describe('rejects', () => {
  test.each([
    ['bytes after a response', `${head('Content-Length: 2\r\n')}hi!\r\n\r\n`],
    ['bytes after the last response', `${head('Content-Length: 0\r\nConnection: close\r\n')}x`],
    ['a status line', 'HTTP/1.1 600 X\r\n\r\n'],
    ['a field line', head('X : y\r\n')],
    ['a bare LF', head('X: y\nContent-Length: 0\r\n')],
    ['two lengths', head('Content-Length: 0\r\nContent-Length: 0\r\n')],
    ['a length and chunks', head('Content-Length: 0\r\nTransfer-Encoding: chunked\r\n')],
    ['a length that is no number', head('Content-Length: +1\r\n')],
    ['a length of 204', head('Content-Length: 0\r\n', '204 No Content')],
    ['no length', head('')],
    ['no Date', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'],
    ['the size of a chunk', `${head('Transfer-Encoding: chunked\r\n')}x\r\n`],
    ['a chunk that is too long', `${head('Transfer-Encoding: chunked\r\n')}1\r\nhi\r\n`],
    ['a trailer', `${head('Transfer-Encoding: chunked\r\n')}0\r\nX\r\n\r\n`],
    ['a masked WebSocket frame', 'HTTP/1.1 101 Switching Protocols\r\n\r\n\x81\x82'],
  ])('%s', (_title, text) => {
    expect(() => parse(text, ['GET'])).toThrow(expect.objectContaining({ name: 'InvalidResponse' }))
  })

  test('frames that do not start with SETTINGS, and those of a client', () => {
    const settings = frame(TYPE.SETTINGS, 0, 0)
    checkFrames(Buffer.concat([settings, frame(TYPE.PING, 1, 0, Buffer.alloc(8))]))
    for (const frames of [
      [frame(TYPE.PING, 0, 0)],
      [settings, frame(TYPE.PUSH_PROMISE, 0, 1)],
      [settings, frame(10, 0, 0)],
    ]) {
      expect(() => checkFrames(Buffer.concat(frames))).toThrow('invalid HTTP/2 frame')
    }
  })
})
