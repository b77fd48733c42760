import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_EVENT_BYTES } from '../../../../shared/trace/dissector.ts'
import { httpDissector } from '../../../../shared/trace/dissectors/http.ts'
import { describeDissected, dissectBytewise, dissectWhole, type Step } from '../../../helpers/dissect.ts'

/** Writes a message with `\n` standing for CRLF. */
const http = (text: string) => text.replaceAll('\n', '\r\n')
const GET = http('GET / HTTP/1.1\nHost: a\n\n')

/** What one conversation must be told as; the pieces it comes in must not matter. */
const CONVERSATIONS: { title: string; turns: Step[]; lines: string[] }[] = [
  {
    title: 'a request and a response with a sized body',
    turns: [
      ['request', GET],
      ['response', http('HTTP/1.1 200 OK\nContent-Type: text/plain\nContent-Length: 5\n\nhello')],
    ],
    lines: [
      'message request 1 GET / HTTP/1.1',
      'message response 1 HTTP/1.1 200 OK (text/plain, 5 bytes)',
      'transfer response 1 5 bytes of text/plain',
    ],
  },
  {
    title: 'the preface of HTTP/2: nothing further is told',
    turns: [
      ['request', http('PRI * HTTP/2.0\n\nSM\n\n\0\0\0')],
      ['response', '\0\0\0\x04'],
      ['request', GET],
    ],
    lines: ['state HTTP/2 from here on'],
  },
  {
    title: 'keep-alive: exchanges are counted',
    turns: [
      ['request', GET],
      ['response', http('HTTP/1.1 200 OK\nContent-Length: 1\n\na')],
      ['request', http('POST /b HTTP/1.1\nHost: a\nContent-Length: 3\nContent-Type: x/y\n\nabc')],
      ['response', http('HTTP/1.1 204 No Content\n\n')],
    ],
    lines: [
      'message request 1 GET / HTTP/1.1',
      'message response 1 HTTP/1.1 200 OK (1 bytes)',
      'transfer response 1 1 bytes',
      'message request 2 POST /b HTTP/1.1',
      'transfer request 2 3 bytes of x/y',
      'message response 2 HTTP/1.1 204 No Content',
    ],
  },
  {
    title: 'pipelined requests are paired with their responses in order, and HEAD has no body',
    turns: [
      ['request', http('HEAD /1 HTTP/1.1\nHost: a\n\nGET /2 HTTP/1.1\nHost: a\n\nGET /3 HTTP/1.1\nHost: a\n\n')],
      ['response', http('HTTP/1.1 200 OK\nContent-Length: 5\n\nHTTP/1.1 304 Not Modified\nContent-Length: 9\n\n')],
      ['response', http('HTTP/1.1 404 Not Found\nContent-Length: 2\n\nno')],
    ],
    lines: [
      'message request 1 HEAD /1 HTTP/1.1',
      'message request 2 GET /2 HTTP/1.1',
      'message request 3 GET /3 HTTP/1.1',
      'message response 1 HTTP/1.1 200 OK (5 bytes)',
      'message response 2 HTTP/1.1 304 Not Modified (9 bytes)',
      'message response 3 HTTP/1.1 404 Not Found (2 bytes)',
      'transfer response 3 2 bytes',
    ],
  },
  {
    title: 'chunked bodies are told without their framing, extensions and trailers passed over',
    turns: [
      ['request', http('POST / HTTP/1.1\nTransfer-Encoding: chunked\n\n3;x="y"\nabc\n2\nde\n0\nT: v\n\n')],
      [
        'response',
        http('HTTP/1.1 200 OK\nTransfer-Encoding: gzip, chunked\nContent-Length: 1\n\nA\n0123456789\n0\n\n'),
      ],
      ['request', GET],
      ['response', http('HTTP/1.1 204 No Content\n\n')],
    ],
    lines: [
      'message request 1 POST / HTTP/1.1',
      'transfer request 1 5 bytes',
      'message response 1 HTTP/1.1 200 OK (gzip, chunked)',
      'transfer response 1 10 bytes',
      'message request 2 GET / HTTP/1.1',
      'message response 2 HTTP/1.1 204 No Content',
    ],
  },
  {
    title: 'a response without a length lasts until the connection closes',
    turns: [
      ['request', 'GET / HTTP/1.0\r\n\r\n'],
      ['response', http('HTTP/1.0 200\n\nall of it')],
    ],
    lines: ['message request 1 GET / HTTP/1.0', 'message response 1 HTTP/1.0 200', 'transfer response 1 9 bytes'],
  },
  {
    title: 'a response whose coding is not chunked lasts until the connection closes',
    turns: [
      ['request', GET],
      ['response', http('HTTP/1.1 200 OK\nTransfer-Encoding: gzip\n\nzz')],
    ],
    lines: [
      'message request 1 GET / HTTP/1.1',
      'message response 1 HTTP/1.1 200 OK (gzip)',
      'transfer response 1 2 bytes',
    ],
  },
  {
    title: 'interim responses keep the number of their request',
    turns: [
      ['request', http('PUT / HTTP/1.1\nContent-Length: 2\nExpect: 100-continue\n\n')],
      ['response', http('HTTP/1.1 100 Continue\n\nHTTP/1.1 103 Early Hints\nLink: </a>\n\n')],
      ['request', 'hi'],
      ['response', http('HTTP/1.1 405 Method Not Allowed\nContent-Length: 0\n\n')],
    ],
    lines: [
      'message request 1 PUT / HTTP/1.1',
      'message response 1 HTTP/1.1 100 Continue',
      'message response 1 HTTP/1.1 103 Early Hints',
      'transfer request 1 2 bytes',
      'message response 1 HTTP/1.1 405 Method Not Allowed (0 bytes)',
    ],
  },
  {
    title: 'after an upgrade nothing more is told',
    turns: [
      ['request', http('GET /ws HTTP/1.1\nUpgrade: websocket\nConnection: upgrade\n\n')],
      ['response', http('HTTP/1.1 101 Switching Protocols\nUpgrade: websocket\n\n\x81\x05hello')],
      ['request', '\x81\x85....'],
    ],
    lines: ['message request 1 GET /ws HTTP/1.1', 'message response 1 HTTP/1.1 101 Switching Protocols'],
  },
  {
    title: 'an upgrade that is not taken up leaves the connection HTTP',
    turns: [
      ['request', http('GET / HTTP/1.1\nUpgrade: h2c\n\n')],
      ['response', http('HTTP/1.1 200 OK\nContent-Length: 1\n\na')],
      ['request', GET],
    ],
    lines: [
      'message request 1 GET / HTTP/1.1',
      'message response 1 HTTP/1.1 200 OK (1 bytes)',
      'transfer response 1 1 bytes',
      'message request 2 GET / HTTP/1.1',
    ],
  },
  {
    title: 'a tunnel is not looked into; a refused one leaves the connection HTTP',
    turns: [
      ['request', http('CONNECT a:1 HTTP/1.1\nHost: a:1\n\n')],
      ['response', http('HTTP/1.1 405 Method Not Allowed\nContent-Length: 2\n\nno')],
      ['request', http('CONNECT a:1 HTTP/1.1\nHost: a:1\n\n')],
      ['response', http('HTTP/1.1 200 OK\n\n\x16\x03\x01')],
    ],
    lines: [
      'message request 1 CONNECT a:1 HTTP/1.1',
      'message response 1 HTTP/1.1 405 Method Not Allowed (2 bytes)',
      'transfer response 1 2 bytes',
      'message request 2 CONNECT a:1 HTTP/1.1',
      'message response 2 HTTP/1.1 200 OK',
    ],
  },
  {
    title: 'incomplete bodies',
    turns: [
      ['request', http('POST / HTTP/1.1\nTransfer-Encoding: chunked\n\n5\nab')],
      ['response', http('HTTP/1.1 200 OK\nContent-Length: 10\n\nabc')],
    ],
    lines: [
      'message request 1 POST / HTTP/1.1',
      'message response 1 HTTP/1.1 200 OK (10 bytes)',
      'transfer request 1 2 bytes, incomplete',
      'transfer response 1 3 of 10 bytes, incomplete',
    ],
  },
  {
    title: 'a connection that ends within a head is an error, and one that was never used is nothing',
    turns: [['request', 'GET / HTTP/1.1\r\nHo']],
    lines: ['error the connection ended within a request head'],
  },
  { title: 'silence is told as silence', turns: [], lines: [] },
  {
    title: 'empty lines before a request are passed over, and bare line feeds are accepted',
    turns: [
      ['request', '\r\n\n\r\nGET / HTTP/1.1\nHost: a\n\n'],
      ['response', 'HTTP/1.1 204 No Content\n\n'],
    ],
    lines: ['message request 1 GET / HTTP/1.1', 'message response 1 HTTP/1.1 204 No Content'],
  },
  {
    title: 'TLS on a plain port is an error told once',
    turns: [
      ['request', '\x16\x03\x01\x00\x01\n\n\n'],
      ['request', 'more of it\r\n'],
      ['response', http('HTTP/1.1 400 Bad Request\nContent-Length: 3\n\nbad')],
    ],
    lines: [
      'error not HTTP/1.x: a request line was expected',
      'message response 1 HTTP/1.1 400 Bad Request (3 bytes)',
      'transfer response 1 3 bytes',
    ],
  },
  {
    title: 'a request line that is none is answered as the exchange it would have been',
    turns: [
      ['request', `${GET}GET /x y HTTP/9.9\r\n\r\n`],
      ['response', http('HTTP/1.1 204 No Content\n\nHTTP/1.1 400 Bad Request\nContent-Length: 3\n\nbad')],
    ],
    lines: [
      'message request 1 GET / HTTP/1.1',
      'error not HTTP/1.x: a request line was expected',
      'message response 1 HTTP/1.1 204 No Content',
      'message response 2 HTTP/1.1 400 Bad Request (3 bytes)',
      'transfer response 2 3 bytes',
    ],
  },
  {
    title: 'a head that is too long is an error, and its answer is told',
    turns: [
      ['request', `GET / HTTP/1.1\r\nX: ${'x'.repeat(70_000)}\r\n\r\n`],
      ['response', http('HTTP/1.1 431 Too\nContent-Length: 2\n\nno')],
    ],
    lines: [
      'error a request head longer than 65536 bytes',
      'message response 1 HTTP/1.1 431 Too (2 bytes)',
      'transfer response 1 2 bytes',
    ],
  },
  {
    title: 'a request that is answered before its head has ended keeps its number',
    turns: [
      ['request', 'GET / HTTP/1.1\r\nHos'],
      ['response', http('HTTP/1.1 408 Request Timeout\nContent-Length: 4\n\nlate')],
      ['request', 't: a\r\n\r\n'],
    ],
    lines: [
      'message response 1 HTTP/1.1 408 Request Timeout (4 bytes)',
      'transfer response 1 4 bytes',
      'message request 1 GET / HTTP/1.1',
    ],
  },
  {
    title: 'a request that is answered before its head turns out to be none is not counted twice',
    turns: [
      ['request', 'GET / HT'],
      ['response', http('HTTP/1.1 408 Request Timeout\nContent-Length: 0\n\nHTTP/1.1 400 x\nContent-Length: 0\n\n')],
      ['request', 'XX\r\n'],
    ],
    lines: [
      'message response 1 HTTP/1.1 408 Request Timeout (0 bytes)',
      'message response 1 HTTP/1.1 400 x (0 bytes)',
      'error not HTTP/1.x: a request line was expected',
    ],
  },
  {
    title: 'joined in the middle of a response body: one error, then on with the next request',
    turns: [
      ['response', 'rest of a body\r\n\r\n'],
      ['request', GET],
      ['response', http('HTTP/1.1 200 OK\nContent-Length: 1\n\na')],
    ],
    lines: [
      'error not HTTP/1.x: a response line was expected',
      'message request 1 GET / HTTP/1.1',
      'message response 1 HTTP/1.1 200 OK (1 bytes)',
      'transfer response 1 1 bytes',
    ],
  },
  {
    title: 'joined while the old response is still under way: it is passed over without a second error',
    turns: [
      ['response', '\x00\x01'],
      ['request', GET],
      ['response', '\x02\x03'],
      ['request', GET],
      ['response', http('HTTP/1.1 204 No Content\n\n')],
    ],
    lines: [
      'error not HTTP/1.x: a response line was expected',
      'message request 1 GET / HTTP/1.1',
      'message request 2 GET / HTTP/1.1',
      'message response 2 HTTP/1.1 204 No Content',
    ],
  },
  {
    title: 'joined in the middle of a request body: its response is told, and the next request',
    turns: [
      ['request', '\x00\x01\x02'],
      ['response', http('HTTP/1.1 200 OK\nContent-Length: 2\n\nok')],
      ['request', GET],
      ['response', http('HTTP/1.1 204 No Content\n\n')],
    ],
    lines: [
      'error not HTTP/1.x: a request line was expected',
      'message response 1 HTTP/1.1 200 OK (2 bytes)',
      'transfer response 1 2 bytes',
      'message request 2 GET / HTTP/1.1',
      'message response 2 HTTP/1.1 204 No Content',
    ],
  },
  {
    title: 'joined between a request and its response: the body is passed over, since it may be one to HEAD',
    turns: [
      ['response', http('HTTP/1.1 200 OK\nContent-Length: 200\n\n')],
      ['request', GET],
      ['response', http('HTTP/1.1 204 No Content\n\n')],
    ],
    lines: [
      'message response 1 HTTP/1.1 200 OK (200 bytes)',
      'message request 2 GET / HTTP/1.1',
      'message response 2 HTTP/1.1 204 No Content',
    ],
  },
  {
    title: 'a body whose framing is broken is told as far as it came',
    turns: [
      ['request', http('POST / HTTP/1.1\nTransfer-Encoding: chunked\n\n2\nabc\n')],
      ['response', http('HTTP/1.1 400 Bad Request\nContent-Length: 0\n\n')],
    ],
    lines: [
      'message request 1 POST / HTTP/1.1',
      'transfer request 1 2 bytes, incomplete',
      'error a chunk that is longer than its size',
      'message response 1 HTTP/1.1 400 Bad Request (0 bytes)',
    ],
  },
  ...[
    ['a chunk without a size', 'Transfer-Encoding: chunked\n\nxyz\n'],
    ['a chunk line longer than 4096 bytes', `Transfer-Encoding: chunked\n\n1;${'x'.repeat(5000)}\n`],
    ['trailers longer than 65536 bytes', `Transfer-Encoding: chunked\n\n0\n${`T: ${'x'.repeat(1000)}\n`.repeat(70)}`],
    ['a Content-Length that is not one number', 'Content-Length: 1\nContent-Length: 2\n\nab'],
    ['a Content-Length that is not one number', 'Content-Length: -1\n\nab'],
    ['a Content-Length that is not one number', `Content-Length: ${'9'.repeat(20)}\n\nab`],
    ['a request whose last transfer coding is not chunked', 'Transfer-Encoding: chunked, gzip\n\nab'],
  ].map(([why = '', rest = '']): (typeof CONVERSATIONS)[number] => ({
    title: `an error: ${why} (${rest.slice(0, 40).replaceAll('\n', ' ')})`,
    turns: [
      ['request', http(`POST / HTTP/1.1\n${rest}`)],
      ['response', http('HTTP/1.1 400 Bad Request\nContent-Length: 0\n\n')],
    ],
    lines: [
      'message request 1 POST / HTTP/1.1',
      `error ${why}`,
      'message response 1 HTTP/1.1 400 Bad Request (0 bytes)',
    ],
  })),
  {
    title: 'the same Content-Length twice is that length',
    turns: [
      ['request', GET],
      ['response', http('HTTP/1.1 200 OK\nContent-Length: 1, 1\nno colon here\n: no name\n\na')],
    ],
    lines: [
      'message request 1 GET / HTTP/1.1',
      'message response 1 HTTP/1.1 200 OK (1, 1 bytes)',
      'transfer response 1 1 bytes',
    ],
  },
]

describe.each(CONVERSATIONS)('$title', ({ turns, lines }) => {
  test('in whole pieces', () => expect(describeDissected(dissectWhole(httpDissector, turns))).toEqual(lines))
  test('byte by byte', () => expect(describeDissected(dissectBytewise(httpDissector, turns))).toEqual(lines))
  test('the bytes are the same either way', () =>
    expect(dissectBytewise(httpDissector, turns)).toEqual(dissectWhole(httpDissector, turns)))
})

const bytesOf = (turns: readonly Step[]) =>
  dissectWhole(httpDissector, turns).map(one => ('bytes' in one ? Buffer.from(one.bytes).toString('latin1') : ''))

test('a message carries the head as it was on the wire, a transfer the content', () => {
  const response = http('HTTP/1.1 200 OK\nContent-Length: 5\nX-A:  spaced \n\n')
  const turns: Step[] = [
    ['request', GET],
    ['response', `${response}hello`],
  ]
  expect(bytesOf(turns)).toEqual([GET, response, 'hello'])
})

test('secrets are masked, also when continued on the next line or split by case', () => {
  const secret = http(`GET http://user:pa55@a/b HTTP/1.1
AUTHORIZATION: Basic c2VjcmV0
Proxy-Authorization:Bearer s3cret
cookie: a=s3cret;
\tb=s3cret
X-Plain: yes

`)
  const answer = http('HTTP/1.1 204 No\nSet-Cookie: id=s3cret\nSet-Cookie: t=s3cret\n\n')
  const found = dissectWhole(httpDissector, [
    ['request', secret],
    ['response', answer],
  ])
  expect(describeDissected(found)[0]).toBe('message request 1 GET http://***@a/b HTTP/1.1')
  expect(
    bytesOf([
      ['request', secret],
      ['response', answer],
    ]),
  ).toEqual([
    http(
      'GET http://***@a/b HTTP/1.1\nAUTHORIZATION: ***\nProxy-Authorization: ***\ncookie: ***\n ***\nX-Plain: yes\n\n',
    ),
    http('HTTP/1.1 204 No\nSet-Cookie: ***\nSet-Cookie: ***\n\n'),
  ])
  expect(found[0]).toMatchObject({ size: secret.length })
})

test('events carry a bounded part of long heads and bodies, and the true size', () => {
  const head = http(`POST / HTTP/1.1\nX: ${'x'.repeat(6000)}\nContent-Length: 9000\n\n`)
  const [message, transfer] = dissectWhole(httpDissector, [['request', head + 'y'.repeat(9000)]])
  expect(message).toMatchObject({ kind: 'message', size: head.length })
  expect(transfer).toMatchObject({ kind: 'transfer', size: 9000 })
  for (const one of [message, transfer]) expect((one as { bytes: Uint8Array }).bytes.length).toBe(MAX_EVENT_BYTES)
})

test('a summary is one line: control characters are escaped, and UTF-8 is shown as such', () => {
  const [message] = dissectWhole(httpDissector, [['request', Buffer.from('GET /\x1b[2Jé HTTP/1.1\r\n\r\n')]])
  expect(message?.summary).toBe('GET /\\x1b[2Jé HTTP/1.1')
})

test('a client that pipelines without end is no longer followed', () => {
  const found = dissectWhole(httpDissector, [['request', GET.repeat(1500)]])
  expect(found.filter(one => one.kind === 'error').map(one => one.summary)).toEqual([
    'more than 1000 requests wait for a response',
  ])
  expect(found.length).toBe(1002)
})

test('a line without end does not take quadratic time', () => {
  const dissector = httpDissector()
  dissector.push('request', Buffer.from('GET / HTTP/1.1\r\nX: '))
  const byte = Buffer.from('x')
  for (let index = 0; index < 200_000; index++) dissector.push('request', byte)
  expect(dissector.push('request', byte)).toEqual([])
})

test('no bytes make it throw, and the pieces never matter', () => {
  const fragment = fc.oneof(
    fc.constantFrom(GET, 'HTTP/1.1 200 OK\r\n', 'Content-Length: 3\r\n', 'Transfer-Encoding: chunked\r\n', '\r\n'),
    fc.constantFrom('\n', '3\r\nabc\r\n', '0\r\n\r\n', 'HTTP/1.1 100 Continue\r\n\r\n', 'HEAD / HTTP/1.1\r\n', 'abc'),
    fc.string({ unit: 'binary', maxLength: 20 }).map(text => Buffer.from(text).toString('latin1')),
  )
  const turn = fc.tuple(
    fc.constantFrom('request' as const, 'response' as const),
    fc.array(fragment, { maxLength: 8 }).map(parts => parts.join('')),
  )
  fc.assert(
    fc.property(fc.array(turn, { maxLength: 8 }), turns => {
      expect(describeDissected(dissectBytewise(httpDissector, turns))).toEqual(
        describeDissected(dissectWhole(httpDissector, turns)),
      )
    }),
    { numRuns: 1000 },
  )
})

test.each([
  'GET  http://user:SECRET@x/ HTTP/1.1',
  'CONNECT user:SECRET@x:80 HTTP/1.1',
  'GET //user:SECRET@x/ HTTP/1.1',
])('a user and a password in a target are masked: %s', line => {
  const found = dissectWhole(httpDissector, [['request', `${line}\r\nHost: x\r\n\r\n`]])
  const shown = found.map(one => `${one.summary} ${'bytes' in one ? Buffer.from(one.bytes).toString('latin1') : ''}`)
  expect(shown.join('\n')).not.toContain('SECRET')
})
