/** Violations of HTTP/2 (RFC 9113), as frames: the server answers with the error code that the RFC names, or with 400. */
import { connect } from 'node:http2'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { type Suite, startSuite } from '../../../../shared/launcher/index.ts'
import { suiteFor } from '../../../helpers/suite.ts'
import { FrameClient } from './frame-client.ts'
import { END_HEADERS, END_STREAM, frame, number, request, TYPE } from './frames.ts'

let suite: Suite<'http' | 'dns'>

beforeAll(async () => {
  suite = await startSuite({ services: ['http', 'dns'] })
})

afterAll(() => suite.close())

const { DATA, HEADERS, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION } = TYPE
const BOTH = END_STREAM | END_HEADERS
const get = (stream: number, fields = {}) => frame(HEADERS, BOTH, stream, request(fields))
const slow = (stream: number) => get(stream, { ':path': '/test/delay/10' })
const setting = (name: number, value: number) => Buffer.concat([Buffer.of(0, name), number(value)])

test.each<[section: string, title: string, frames: Buffer[], answer: string | RegExp]>([
  ['5.1.1', 'a stream with an even number', [get(2)], 'GOAWAY PROTOCOL_ERROR'],
  ['5.1', 'DATA on an idle stream', [frame(DATA, END_STREAM, 1, Buffer.from('x'))], 'GOAWAY PROTOCOL_ERROR'],
  ['5.1', 'RST_STREAM on an idle stream', [frame(RST_STREAM, 0, 1, number(8))], 'GOAWAY PROTOCOL_ERROR'],
  ['5.1', 'HEADERS on a stream that the client has ended', [slow(1), get(1)], 'GOAWAY STREAM_CLOSED'],
  ['6.9', 'WINDOW_UPDATE of 0 on a stream', [slow(1), frame(WINDOW_UPDATE, 0, 1, number(0))], /PROTOCOL_ERROR$/],
  ['4.2', 'a frame that is too long', [frame(DATA, 0, 1, Buffer.alloc(16_385))], 'GOAWAY FRAME_SIZE_ERROR'],
  [
    '4.3',
    'a header section that cannot be decompressed',
    [frame(HEADERS, BOTH, 1, Buffer.alloc(6, 0xff))],
    'GOAWAY COMPRESSION_ERROR',
  ],
  [
    '6.2',
    'another frame within a header section',
    [frame(HEADERS, END_STREAM, 1, request()), frame(DATA, 0, 1)],
    'GOAWAY PROTOCOL_ERROR',
  ],
  ['6.4', 'a short RST_STREAM', [get(1), frame(RST_STREAM, 0, 1, Buffer.alloc(3))], 'GOAWAY FRAME_SIZE_ERROR'],
  ['6.5', 'SETTINGS of five bytes', [frame(SETTINGS, 0, 0, Buffer.alloc(5))], 'GOAWAY FRAME_SIZE_ERROR'],
  ['6.5', 'SETTINGS on a stream', [frame(SETTINGS, 0, 1)], 'GOAWAY PROTOCOL_ERROR'],
  ['6.5', 'an acknowledgement with content', [frame(SETTINGS, 1, 0, Buffer.alloc(6))], 'GOAWAY FRAME_SIZE_ERROR'],
  ['6.5.2', 'ENABLE_PUSH of 2', [frame(SETTINGS, 0, 0, setting(2, 2))], 'GOAWAY PROTOCOL_ERROR'],
  ['6.5.2', 'MAX_FRAME_SIZE of 1', [frame(SETTINGS, 0, 0, setting(5, 1))], 'GOAWAY PROTOCOL_ERROR'],
  [
    '6.5.2',
    'an INITIAL_WINDOW_SIZE that is too large',
    [frame(SETTINGS, 0, 0, setting(4, 0xffffffff))],
    'GOAWAY FLOW_CONTROL_ERROR',
  ],
  [
    '6.6',
    'PUSH_PROMISE of a client',
    [frame(PUSH_PROMISE, END_HEADERS, 1, Buffer.concat([number(2), request()]))],
    'GOAWAY PROTOCOL_ERROR',
  ],
  ['6.7', 'a short PING', [frame(PING, 0, 0, Buffer.alloc(7))], 'GOAWAY FRAME_SIZE_ERROR'],
  ['6.7', 'PING on a stream', [frame(PING, 0, 1, Buffer.alloc(8))], 'GOAWAY PROTOCOL_ERROR'],
  ['6.8', 'GOAWAY on a stream', [frame(GOAWAY, 0, 1, Buffer.alloc(8))], 'GOAWAY PROTOCOL_ERROR'],
  ['6.9', 'WINDOW_UPDATE of 0', [frame(WINDOW_UPDATE, 0, 0, number(0))], 'GOAWAY PROTOCOL_ERROR'],
  [
    '6.9.1',
    'a window of the connection that is too large',
    [frame(WINDOW_UPDATE, 0, 0, number(0x7fffffff))],
    'GOAWAY FLOW_CONTROL_ERROR',
  ],
  [
    '6.9.1',
    'a window of a stream that is too large',
    [
      frame(
        HEADERS,
        END_HEADERS,
        1,
        request({ ':method': 'POST', ':path': '/dns-query', 'content-type': 'application/dns-message' }),
      ),
      frame(WINDOW_UPDATE, 0, 1, number(0x7fffffff)),
    ],
    /^(?:RST_STREAM 1|GOAWAY) FLOW_CONTROL_ERROR$/,
  ],
  ['6.10', 'CONTINUATION without HEADERS', [frame(CONTINUATION, END_HEADERS, 1, request())], 'GOAWAY PROTOCOL_ERROR'],
  ['8.2', 'a field name in upper case', [get(1, { 'X-Y': 'z' })], 'RST_STREAM 1 PROTOCOL_ERROR'],
  ['8.2.2', 'a connection-specific field', [get(1, { connection: 'close' })], 'RST_STREAM 1 PROTOCOL_ERROR'],
  ['8.2.2', 'TE other than trailers', [get(1, { te: 'gzip' })], 'RST_STREAM 1 PROTOCOL_ERROR'],
  [
    '8.3',
    'a pseudo-header field after a field',
    [frame(HEADERS, BOTH, 1, Buffer.concat([request({ x: 'y' }), request()]))],
    'RST_STREAM 1 PROTOCOL_ERROR',
  ],
  [
    '8.1.1',
    'a body that differs from its Content-Length',
    [
      frame(
        HEADERS,
        END_HEADERS,
        1,
        request({
          ':method': 'POST',
          ':path': '/dns-query',
          'content-length': '5',
          'content-type': 'application/dns-message',
        }),
      ),
      frame(DATA, END_STREAM, 1, Buffer.from('x')),
    ],
    'RST_STREAM 1 PROTOCOL_ERROR',
  ],
])('%s: %s', async (_section, _title, frames, answer) => {
  const client = await FrameClient.connect(suite.http.port)
  client.start(...frames)
  await client.until(answer)
})

test.each([
  ['differs from :authority', 'b', 400],
  ['is :authority in other case', 'LOCALHOST', 200],
  ['is :authority', 'localhost', 200],
])('8.3.1: a host that %s', async (_title, host, status) => {
  const session = connect(suite.http.url)
  onTestFinished(() => session.destroy())
  const stream = session.request({ ':path': '/healthz', ':authority': 'localhost', host })
  expect(await new Promise(resolve => stream.once('response', ({ ':status': code }) => resolve(code)))).toBe(status)
})

test.each([
  ['that does not respond to PING', []],
  ['whose frames the server no longer reads', [frame(DATA, END_STREAM, 1, Buffer.from('x'))]],
])('a client %s is disconnected', async (_title, frames) => {
  const { http } = await suiteFor({ services: ['http'], http: { requestTimeout: 300 } })
  const client = await FrameClient.connect(http.port)
  client.start(...frames)
  await client.until('closed')
})

test('a client that resets thousands of requests at once gets GOAWAY, and others are served', async () => {
  const client = await FrameClient.connect(suite.http.port)
  const resets = Array.from({ length: 5000 }, (_, index) => [
    get(2 * index + 1),
    frame(RST_STREAM, 0, 2 * index + 1, number(8)),
  ])
  client.start(...resets.flat())
  // nghttp2 sends it itself, so that the server cannot choose ENHANCE_YOUR_CALM.
  await client.until('GOAWAY INTERNAL_ERROR')
  expect((await fetch(`${suite.http.url}healthz`)).status).toBe(200)
})

test('a header section of endless CONTINUATION frames ends the connection', async () => {
  const client = await FrameClient.connect(suite.http.port)
  const more = Array.from({ length: 2000 }, () =>
    frame(CONTINUATION, 0, 1, request({ x: 'a'.repeat(100) }).subarray(60)),
  )
  client.start(frame(HEADERS, END_STREAM, 1, request()), ...more)
  await client.until('closed')
  expect((await fetch(`${suite.http.url}healthz`)).status).toBe(200)
})
