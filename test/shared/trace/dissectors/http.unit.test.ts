import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_EVENT_BYTES } from '../../../../shared/trace/dissector.ts'
import { httpDissector } from '../../../../shared/trace/dissectors/http.ts'
import { describeDissected, dissectBytewise, dissectWhole, type Step } from '../../../helpers/dissect.ts'

/** Converts every LF to CRLF. */
const http = (text: string) => text.replaceAll('\n', '\r\n')
const GET = http('GET / HTTP/1.1\nHost: a\n\n')

/** Conversations and their results, which do not depend on the size of the chunks. */
const CONVERSATIONS: { title: string; steps: Step[]; lines: string[] }[] = [
  {
    title: 'a request and a response with a sized body',
    steps: [
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
    title: 'the preface of HTTP/2: nothing after it is dissected',
    steps: [
      ['request', http('PRI * HTTP/2.0\n\nSM\n\n\0\0\0')],
      ['response', '\0\0\0\x04'],
      ['request', GET],
    ],
    lines: ['state HTTP/2 from here on'],
  },
  {
    title: 'keep-alive: exchanges are numbered',
    steps: [
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
    steps: [
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
    title: 'chunked bodies: framing, extensions and trailers are not part of the content',
    steps: [
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
    title: 'a response without a length ends when the connection closes',
    steps: [
      ['request', 'GET / HTTP/1.0\r\n\r\n'],
      ['response', http('HTTP/1.0 200\n\nall of it')],
    ],
    lines: ['message request 1 GET / HTTP/1.0', 'message response 1 HTTP/1.0 200', 'transfer response 1 9 bytes'],
  },
  {
    title: 'a response whose transfer coding is not chunked ends when the connection closes',
    steps: [
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
    steps: [
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
    title: 'nothing after an upgrade is dissected',
    steps: [
      ['request', http('GET /ws HTTP/1.1\nUpgrade: websocket\nConnection: upgrade\n\n')],
      ['response', http('HTTP/1.1 101 Switching Protocols\nUpgrade: websocket\n\n\x81\x05hello')],
      ['request', '\x81\x85....'],
    ],
    lines: ['message request 1 GET /ws HTTP/1.1', 'message response 1 HTTP/1.1 101 Switching Protocols'],
  },
  {
    title: 'after an upgrade that the server ignores, the connection continues as HTTP',
    steps: [
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
    title: 'a tunnel is not dissected; after a rejected CONNECT the connection continues as HTTP',
    steps: [
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
    steps: [
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
    title: 'a connection that ends within a request head is an error',
    steps: [['request', 'GET / HTTP/1.1\r\nHo']],
    lines: ['error the connection ended within a request head'],
  },
  { title: 'an unused connection emits nothing', steps: [], lines: [] },
  {
    title: 'empty lines before a request are ignored, and bare LF ends lines',
    steps: [
      ['request', '\r\n\n\r\nGET / HTTP/1.1\nHost: a\n\n'],
      ['response', 'HTTP/1.1 204 No Content\n\n'],
    ],
    lines: ['message request 1 GET / HTTP/1.1', 'message response 1 HTTP/1.1 204 No Content'],
  },
  {
    title: 'TLS on a plain port is one error',
    steps: [
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
    title: 'the response to a malformed request line has the number that the request would have',
    steps: [
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
    title: 'a head beyond the bound is an error, and its response is dissected',
    steps: [
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
    title: 'a request with a response before the end of its head keeps its number',
    steps: [
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
    title: 'a malformed request with a response before the end of its head is counted once',
    steps: [
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
    title: 'tracing begins within a response body: one error, then the next request',
    steps: [
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
    title: 'tracing begins within a long response: the rest of it is ignored without a second error',
    steps: [
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
    title: 'tracing begins within a request body: its response and the next request are dissected',
    steps: [
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
    title: 'tracing begins between a request and its response: the body is ignored, because the request may be HEAD',
    steps: [
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
    title: 'a body with malformed framing is incomplete',
    steps: [
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
  ].map(([error = '', rest = '']): (typeof CONVERSATIONS)[number] => ({
    title: `an error: ${error} (${rest.slice(0, 40).replaceAll('\n', ' ')})`,
    steps: [
      ['request', http(`POST / HTTP/1.1\n${rest}`)],
      ['response', http('HTTP/1.1 400 Bad Request\nContent-Length: 0\n\n')],
    ],
    lines: [
      'message request 1 POST / HTTP/1.1',
      `error ${error}`,
      'message response 1 HTTP/1.1 400 Bad Request (0 bytes)',
    ],
  })),
  {
    title: 'two equal Content-Length values are one length',
    steps: [
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

describe.each(CONVERSATIONS)('$title', ({ steps, lines }) => {
  test('in whole steps', () => expect(describeDissected(dissectWhole(httpDissector, steps))).toEqual(lines))
  test('byte by byte', () => expect(describeDissected(dissectBytewise(httpDissector, steps))).toEqual(lines))
  test('with the same bytes in the events', () =>
    expect(dissectBytewise(httpDissector, steps)).toEqual(dissectWhole(httpDissector, steps)))
})

const bytesOf = (steps: readonly Step[]) =>
  dissectWhole(httpDissector, steps).map(result =>
    'bytes' in result ? Buffer.from(result.bytes).toString('latin1') : '',
  )

test('a message has the bytes of the head on the wire, a transfer those of the content', () => {
  const response = http('HTTP/1.1 200 OK\nContent-Length: 5\nX-A:  spaced \n\n')
  const steps: Step[] = [
    ['request', GET],
    ['response', `${response}hello`],
  ]
  expect(bytesOf(steps)).toEqual([GET, response, 'hello'])
})

test('masks secrets, in any case and on continuation lines', () => {
  const secret = http(`GET http://user:pa55@a/b HTTP/1.1
AUTHORIZATION: Basic c2VjcmV0
Proxy-Authorization:Bearer s3cret
cookie: a=s3cret;
\tb=s3cret
X-Plain: yes

`)
  const response = http('HTTP/1.1 204 No\nSet-Cookie: id=s3cret\nSet-Cookie: t=s3cret\n\n')
  const dissected = dissectWhole(httpDissector, [
    ['request', secret],
    ['response', response],
  ])
  expect(describeDissected(dissected)[0]).toBe('message request 1 GET http://***@a/b HTTP/1.1')
  expect(
    bytesOf([
      ['request', secret],
      ['response', response],
    ]),
  ).toEqual([
    http(
      'GET http://***@a/b HTTP/1.1\nAUTHORIZATION: ***\nProxy-Authorization: ***\ncookie: ***\n ***\nX-Plain: yes\n\n',
    ),
    http('HTTP/1.1 204 No\nSet-Cookie: ***\nSet-Cookie: ***\n\n'),
  ])
  expect(dissected[0]).toMatchObject({ size: secret.length })
})

test('truncates long heads and bodies to the bound of an event, and counts all bytes', () => {
  const head = http(`POST / HTTP/1.1\nX: ${'x'.repeat(6000)}\nContent-Length: 9000\n\n`)
  const [message, transfer] = dissectWhole(httpDissector, [['request', head + 'y'.repeat(9000)]])
  expect(message).toMatchObject({ kind: 'message', size: head.length })
  expect(transfer).toMatchObject({ kind: 'transfer', size: 9000 })
  for (const event of [message, transfer]) expect((event as { bytes: Uint8Array }).bytes.length).toBe(MAX_EVENT_BYTES)
})

test('escapes control characters in a summary, and decodes UTF-8', () => {
  const [message] = dissectWhole(httpDissector, [['request', Buffer.from('GET /\x1b[2Jé HTTP/1.1\r\n\r\n')]])
  expect(message?.summary).toBe('GET /\\x1b[2Jé HTTP/1.1')
})

test('stops if a client pipelines more requests than the bound', () => {
  const dissected = dissectWhole(httpDissector, [['request', GET.repeat(1500)]])
  expect(dissected.filter(({ kind }) => kind === 'error').map(({ summary }) => summary)).toEqual([
    'more than 1000 requests wait for a response',
  ])
  expect(dissected.length).toBe(1002)
})

test('dissects an endless line in linear time', () => {
  const dissector = httpDissector()
  dissector.push('request', Buffer.from('GET / HTTP/1.1\r\nX: '))
  const byte = Buffer.from('x')
  for (let index = 0; index < 200_000; index++) dissector.push('request', byte)
  expect(dissector.push('request', byte)).toEqual([])
})

test('never throws, and the size of the chunks makes no difference', () => {
  const fragment = fc.oneof(
    fc.constantFrom(GET, 'HTTP/1.1 200 OK\r\n', 'Content-Length: 3\r\n', 'Transfer-Encoding: chunked\r\n', '\r\n'),
    fc.constantFrom('\n', '3\r\nabc\r\n', '0\r\n\r\n', 'HTTP/1.1 100 Continue\r\n\r\n', 'HEAD / HTTP/1.1\r\n', 'abc'),
    fc.string({ unit: 'binary', maxLength: 20 }).map(text => Buffer.from(text).toString('latin1')),
  )
  const step = fc.tuple(
    fc.constantFrom('request' as const, 'response' as const),
    fc.array(fragment, { maxLength: 8 }).map(parts => parts.join('')),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 8 }), steps => {
      expect(describeDissected(dissectBytewise(httpDissector, steps))).toEqual(
        describeDissected(dissectWhole(httpDissector, steps)),
      )
    }),
    { numRuns: 1000 },
  )
})

test.each([
  'GET  http://user:SECRET@x/ HTTP/1.1',
  'CONNECT user:SECRET@x:80 HTTP/1.1',
  'GET //user:SECRET@x/ HTTP/1.1',
])('masks the user and the password in a target: %s', line => {
  const dissected = dissectWhole(httpDissector, [['request', `${line}\r\nHost: x\r\n\r\n`]])
  const texts = dissected.map(
    result => `${result.summary} ${'bytes' in result ? Buffer.from(result.bytes).toString('latin1') : ''}`,
  )
  expect(texts.join('\n')).not.toContain('SECRET')
})
