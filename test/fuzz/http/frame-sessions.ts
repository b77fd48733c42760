/** Sessions of HTTP/2 with prior knowledge, as frames. */
import fc from 'fast-check'
import { END_HEADERS, END_STREAM, frame, number, PREFACE, request, TYPE } from '../../servers/http/http2/frames.ts'

const stream = fc.oneof({ weight: 6, arbitrary: fc.constantFrom(1, 3, 5, 7, 9) }, fc.constantFrom(0, 2, 4, 2 ** 31 - 1))
const flags = fc.oneof({ weight: 3, arbitrary: fc.constant(END_STREAM | END_HEADERS) }, fc.nat({ max: 255 }))
const value = fc.constantFrom(0, 1, 100, 16_384, 65_535, 65_536, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1)

const fields = fc.record(
  {
    ':method': fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'OPTIONS', 'CONNECT', 'x', ''),
    ':path': fc.constantFrom(
      '/healthz',
      '/files/numbers.txt',
      '/files/',
      '/large.bin',
      '/test/post',
      '/test/drip',
      '/mail/events',
      '*',
      '',
      'x',
    ),
    ':scheme': fc.constantFrom('http', 'https', ''),
    ':authority': fc.constantFrom('a', 'b:x', 'u@a', ''),
    host: fc.constantFrom('a', 'b'),
    range: fc.constant('bytes=0-10'),
    connection: fc.constant('close'),
    te: fc.constantFrom('trailers', 'gzip'),
    'content-length': fc.constantFrom('0', '5', '-1', '9'.repeat(20)),
    expect: fc.constant('100-continue'),
    Upper: fc.constant('case'),
    'x-control': fc.constant('a\nb'),
  },
  { requiredKeys: [] },
)

const setting = fc
  .tuple(fc.integer({ min: 0, max: 9 }), value)
  .map(([name, to]) => Buffer.concat([Buffer.of(0, name), number(to)]))
const payload = fc.uint8Array({ maxLength: 60 })

const anyFrame = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.tuple(flags, stream, fields).map(([f, s, all]) => frame(TYPE.HEADERS, f, s, request(all))),
  },
  { weight: 3, arbitrary: fc.tuple(flags, stream, payload).map(([f, s, bytes]) => frame(TYPE.DATA, f, s, bytes)) },
  fc
    .tuple(fc.nat({ max: 1 }), fc.array(setting, { maxLength: 4 }))
    .map(([f, all]) => frame(TYPE.SETTINGS, f, 0, Buffer.concat(all))),
  fc.tuple(stream, value).map(([s, by]) => frame(TYPE.WINDOW_UPDATE, 0, s, number(by))),
  fc.tuple(stream, value).map(([s, code]) => frame(TYPE.RST_STREAM, 0, s, number(code))),
  fc.tuple(fc.nat({ max: 1 }), payload).map(([f, bytes]) => frame(TYPE.PING, f, 0, bytes.slice(0, 8))),
  fc.tuple(flags, stream, payload).map(([f, s, bytes]) => frame(TYPE.CONTINUATION, f, s, bytes)),
  fc.tuple(stream, value).map(([s, code]) => frame(TYPE.GOAWAY, 0, 0, Buffer.concat([number(s), number(code)]))),
  fc.tuple(fc.nat({ max: 255 }), flags, stream, payload).map(([type, f, s, bytes]) => frame(type, f, s, bytes)),
)

/** The preface, settings, a valid request, and frames that may be valid. */
export const frames = fc
  .array(anyFrame, { maxLength: 12 })
  .map(all => Buffer.concat([PREFACE, frame(TYPE.SETTINGS, 0, 0), ...all]))
