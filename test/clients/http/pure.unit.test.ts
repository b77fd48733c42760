import { describe, expect, test } from 'vitest'
import { isJsonType, typeOfFile, typeOfText } from '../../../clients/http/command/content-type.ts'
import { continuedRecord, recordFor } from '../../../clients/http/command/download/resume.ts'
import { fileNameOf } from '../../../clients/http/command/file-name.ts'
import { headOfPart, parseFormPart } from '../../../clients/http/command/form-parts.ts'
import { formatCurl } from '../../../clients/http/command/format-curl.ts'
import { formatHead } from '../../../clients/http/command/format-head.ts'
import { formatJson } from '../../../clients/http/command/format-json.ts'
import { formatTimings } from '../../../clients/http/command/format-timings.ts'
import type { HttpCommand } from '../../../clients/http/command/http-command.ts'
import { formatLoad, reportLoad } from '../../../clients/http/command/load/load-report.ts'
import { timeStatistics } from '../../../clients/http/command/load/statistics.ts'
import { findOverride, parseAddressOverride } from '../../../clients/http/exchange/address-override.ts'
import { computeTimings } from '../../../clients/http/exchange/timings.ts'
import { rewriteArguments } from '../../../clients/http/rewrite-arguments.ts'
import type { PartialRecord } from '../../../shared/download/partial-record.ts'
import { UsageError } from '../../../shared/errors.ts'
import { escapeControls, TerminalText } from '../../../shared/terminal-text.ts'

describe('rewriteArguments', () => {
  test.each([
    ['--json {"a":1} URL', '--json-body {"a":1} URL'],
    ['--json [] URL --json', '--json-body [] URL --json'],
    ['--json "text" URL', '--json-body "text" URL'],
    ['--json=5 URL', '--json-body=5 URL'],
    ['--json @x.json URL', '--json-body @x.json URL'],
    ['--json URL', '--json URL'],
    ['URL --json', 'URL --json'],
    ['URL --json --timings', 'URL --json --timings'],
    ['--form a=1 --form b=@f URL', '--form a=1 --form b=@f URL'],
    ['--form URL -d x', '--urlencoded URL -d x'],
    ['--form http://a/?b=c -d x', '--urlencoded http://a/?b=c -d x'],
    ['--form a?b=c', '--urlencoded a?b=c'],
    ['URL -d x --form', 'URL -d x --urlencoded'],
    ['-d --json URL', '-d --json URL'],
    ['-H --form URL', '-H --form URL'],
    ['--data=x URL', '--data=x URL'],
    ['--data x URL', '--data x URL'],
    ['--data ./a=b URL', '--data ./a=b URL'],
    ['--data a=1 URL', '--body a=1 URL'],
    ['--data {"a":1} URL', '--body {"a":1} URL'],
    ['--data=@x.json URL', '--body=@x.json URL'],
    ['URL --data', 'URL --data'],
  ])('%s becomes %s', (words, expected) => {
    expect(rewriteArguments(words.split(' ')).join(' ')).toBe(expected)
  })
})

describe('content types', () => {
  test.each([
    ['{"a":1}', 'application/json'],
    ['\n[1]', 'application/json'],
    ['{', 'application/x-www-form-urlencoded'],
    ['1', 'application/x-www-form-urlencoded'],
    ['', 'application/x-www-form-urlencoded'],
  ])('a text %j is %s', (text, type) => expect(typeOfText(text)).toBe(type))

  test('a file is JSON by its name', () => {
    expect(['a.JSON', 'json', 'a.json.txt'].map(typeOfFile)).toEqual([
      'application/json',
      'application/octet-stream',
      'application/octet-stream',
    ])
  })

  test.each([
    ['application/json', true],
    ['application/json ; charset=utf-8', true],
    ['text/JSON', true],
    ['application/vnd.api+json; x=1', true],
    ['application/jsonp', false],
    ['text/plain; x=/json', false],
    [undefined, false],
  ])('%s is JSON: %s', (type, isJson) => expect(isJsonType(type)).toBe(isJson))
})

describe('form parts', () => {
  test.each([
    ['a=b', { name: 'a', content: { text: 'b' }, fileName: undefined, type: undefined }],
    ['a=', { name: 'a', content: { text: '' }, fileName: undefined, type: undefined }],
    ['a=b=c;d', { name: 'a', content: { text: 'b=c;d' }, fileName: undefined, type: undefined }],
    [
      'a={};type=application/json',
      { name: 'a', content: { text: '{}' }, fileName: undefined, type: 'application/json' },
    ],
    ['a=@dir/x.PNG', { name: 'a', content: { file: 'dir/x.PNG' }, fileName: 'x.PNG', type: 'image/png' }],
    ['a=@dir\\x', { name: 'a', content: { file: 'dir\\x' }, fileName: 'x', type: 'application/octet-stream' }],
    [
      'a=@x.toString',
      { name: 'a', content: { file: 'x.toString' }, fileName: 'x.toString', type: 'application/octet-stream' },
    ],
    ['a=<x.txt', { name: 'a', content: { file: 'x.txt' }, fileName: undefined, type: undefined }],
    [
      'a=@x.png;filename="y;z.jpg"; type=a/b',
      { name: 'a', content: { file: 'x.png' }, fileName: 'y;z.jpg', type: 'a/b' },
    ],
  ])('parses %s', (argument, part) => expect(parseFormPart(argument)).toEqual(part))

  test.each(['', 'a', '=b'])('rejects %j', argument => expect(() => parseFormPart(argument)).toThrow(UsageError))

  test('names cannot add header fields', () => {
    const part = { name: 'a"\r\nX: 1', content: { text: '' }, fileName: '"\n', type: 'a/b\r\nY: 2' }
    expect(String(headOfPart(part, 'B'))).toBe(
      '--B\r\nContent-Disposition: form-data; name="a%22%0D%0AX: 1"; filename="%22%0A"\r\nContent-Type: a/b  Y: 2\r\n\r\n',
    )
  })
})

describe('terminal text', () => {
  test('escapes control characters but line ends and tabs', () => {
    expect(escapeControls('a\u001b[1m\u009b\u007f\0\r\n\tb\rc\r')).toBe('a\\x1b[1m\\x9b\\x7f\\x00\r\n\tb\\x0dc\\x0d')
  })

  test('a character and a line end can be divided between chunks', () => {
    const bytes = Buffer.from('ü\r\n\r\u009bx\r')
    const text = new TerminalText()
    const shown = [...bytes].map(byte => text.push(Buffer.of(byte))).join('') + text.push()
    expect(shown).toBe('ü\r\n\\x0d\\x9bx\\x0d')
  })
})

describe('formatJson', () => {
  test.each([
    ['[]', '[]\n'],
    ['{}', '{}\n'],
    ['[[],{"a":{}}]', '[\n  [],\n  {\n    "a": {}\n  }\n]\n'],
    ['"a, {\\"}"', '"a, {\\"}"\n'],
    [' [ 1e400 , -0 ] ', '[\n  1e400,\n  -0\n]\n'],
    ['"\u009b31m"', '"\\x9b31m"\n'],
  ])('formats %s', (json, expected) => expect(formatJson(json, false)).toBe(expected))

  test('colors names, texts, numbers and literals', () => {
    expect(formatJson('{"a":["b",1,true,null]}', true)?.split('\u001b').slice(1)).toEqual([
      '[34m"a"',
      '[39m: [\n    ',
      '[32m"b"',
      '[39m,\n    ',
      '[33m1',
      '[39m,\n    ',
      '[35mtrue',
      '[39m,\n    ',
      '[35mnull',
      '[39m\n  ]\n}\n',
    ])
  })

  test('deep values are not indented without a bound', () => {
    const json = `${'['.repeat(2000)}${']'.repeat(2000)}`
    expect(formatJson(json, false)?.length).toBeLessThan(400_000)
  })

  test.each(['', '{', 'a', '{"a":1}x'])('returns undefined for %j', text =>
    expect(formatJson(text, false)).toBeUndefined(),
  )
})

test('a head on a terminal has no control characters', () => {
  const head = { httpVersion: '2', status: 200, statusText: '', fields: [['a', 'x\u001b\ny']] } as const
  expect(formatHead(head, { isTerminal: true, color: false })).toBe('HTTP/2 200\na: x\\x1b\\x0ay\n\n')
  expect(formatHead(head, { isTerminal: false, color: false })).toBe('HTTP/2 200\na: x\u001b\ny\n\n')
})

test.each([
  ['http://a/b/c.txt?x=/y#z', 'c.txt'],
  ['a/b%20c', 'b%20c'],
  ['/x', 'x'],
])('the file name of %s is %s', (url, name) => expect(fileNameOf(url)).toBe(name))

test.each(['http://a', 'http://a/', 'a', 'http://a/..', 'http://a/b/?c', 'http://a/b\\c'])('%s has no file name', url =>
  expect(() => fileNameOf(url)).toThrow(UsageError),
)

describe('address overrides', () => {
  test.each([
    ['Shop.test:80:127.0.0.1', { host: 'shop.test', port: 80, address: '127.0.0.1' }],
    ['*:8443:::1', { host: '*', port: 8443, address: '::1' }],
    ['[::1]:1:[2001:db8::1]', { host: '::1', port: 1, address: '2001:db8::1' }],
  ])('parses %s', (text, override) => expect(parseAddressOverride(text)).toEqual(override))

  test.each(['', 'a:80', 'a:80:b', 'a:99999:1.2.3.4', 'a:80:1.2.3.256', 'a:80:1.2.3', 'a:x:1.2.3.4', 'a:80:1::2::3'])(
    'rejects %j',
    text => expect(() => parseAddressOverride(text)).toThrow(UsageError),
  )

  test('apply to a host and port; the port of a URL without one is that of its scheme', () => {
    const overrides = ['a:80:10.0.0.1', '*:443:10.0.0.2'].map(parseAddressOverride)
    const find = (scheme: 'http' | 'https', host: string | undefined, port?: number) =>
      findOverride(overrides, { scheme, host, port })
    expect(find('http', 'a')).toEqual({ host: '10.0.0.1', port: 80 })
    expect(find('http', 'a', 8080)).toBeUndefined()
    expect(find('http', 'b')).toBeUndefined()
    expect(find('https', 'b')).toEqual({ host: '10.0.0.2', port: 443 })
    expect(find('https', undefined)).toBeUndefined()
  })
})

describe('timings', () => {
  test('are the durations between the marks', () => {
    const marks = { started: 10, resolved: 11, connected: 13, secured: 17, firstByte: 25, ended: 41 }
    expect(computeTimings(marks)).toEqual({ name: 1, connect: 2, tls: 4, firstByte: 8, rest: 16, total: 31 })
  })

  test('a step that did not happen took no time', () => {
    expect(computeTimings({ started: 10 })).toEqual({ name: 0, connect: 0, tls: 0, firstByte: 0, rest: 0, total: 0 })
    expect(computeTimings({ started: 0, connected: 2, firstByte: 5 })).toMatchObject({
      connect: 2,
      firstByte: 3,
      total: 5,
    })
  })
})

describe('the record of a download', () => {
  const head = (headers: Record<string, string>, status = 200) => ({ status, headers, url: 'http://a/x?s=1' })

  test.each([
    [
      { etag: '"1"', 'content-length': '5' },
      { validator: '"1"', total: 5 },
    ],
    [{ etag: '""' }, { validator: '""', total: undefined }],
    [
      { 'last-modified': 'Sat, 01 Jan 2000 00:00:00 GMT', date: 'Sat, 01 Jan 2000 00:00:01 GMT' },
      { validator: 'Sat, 01 Jan 2000 00:00:00 GMT' },
    ],
  ])('has the validator of %j', (headers, expected) => {
    expect(recordFor('http://a/x', head(headers))).toMatchObject(expected)
  })

  test.each([
    [{}, 200],
    [{ etag: 'W/"1"' }, 200],
    [{ etag: '"a b"' }, 200],
    [{ etag: '"1"' }, 206],
    [{ etag: '"1"', 'accept-ranges': 'none' }, 200],
    [{ 'last-modified': 'Sat, 01 Jan 2000 00:00:00 GMT' }, 200],
    [{ 'last-modified': 'Sat, 01 Jan 2000 00:00:00 GMT', date: 'Sat, 01 Jan 2000 00:00:00 GMT' }, 200],
    [{ 'last-modified': 'yesterday', date: 'today' }, 200],
  ])('is undefined without a strong validator: %j, status %i', (headers, status) => {
    expect(recordFor('http://a/x', head(headers as Record<string, string>, status))).toBeUndefined()
  })

  const record: PartialRecord = { requested: 'http://a/x', url: 'http://a/x?s=0', validator: '"1"', total: 10 }
  const range = (value: string, headers: Record<string, string> = {}) =>
    head({ 'content-range': value, ...headers }, 206)

  test('continues with the rest from the last byte', () => {
    expect(continuedRecord(record, 5, range('bytes 4-9/10'))).toEqual(record)
    expect(continuedRecord(record, 5, range('bytes 4-9/*', { etag: '"1"' }))).toEqual(record)
    expect(continuedRecord({ ...record, total: undefined }, 5, range('bytes 4-9/10'))).toEqual(record)
    const date = 'Sat, 01 Jan 2000 00:00:00 GMT'
    const byDate = { ...record, validator: date }
    expect(continuedRecord(byDate, 5, range('bytes 4-9/10', { 'last-modified': date, etag: '"7"' }))).toEqual(byDate)
  })

  test.each([
    ['another start', range('bytes 5-9/10')],
    ['another end', range('bytes 4-8/10')],
    ['another length', range('bytes 4-10/11')],
    ['no range', head({}, 206)],
    ['another unit', range('items 4-9/10')],
    ['another ETag', range('bytes 4-9/10', { etag: '"2"' })],
    ['another status', head({ 'content-range': 'bytes 4-9/10' }, 200)],
    ['another URL', { ...range('bytes 4-9/10'), url: 'http://a/y' }],
  ])('does not continue with %s', (_title, response) => {
    expect(continuedRecord(record, 5, response)).toBeUndefined()
  })

  test('does not continue a file that is longer than the whole, or a whole of unknown length', () => {
    expect(continuedRecord(record, 12, range('bytes 11-9/10'))).toBeUndefined()
    expect(continuedRecord({ ...record, total: undefined }, 5, range('bytes 4-9/*'))).toBeUndefined()
  })
})

describe('formatTimings', () => {
  test('draws each step from its start to its end', () => {
    const timings = { name: 0, connect: 0.01, tls: 25, firstByte: 100, rest: 75, total: 200.01 }
    expect(formatTimings(timings)).toBe(
      [
        `name          0.00 ms  |${' '.repeat(40)}|`,
        `connect       0.01 ms  |#${' '.repeat(39)}|`,
        `TLS           25.0 ms  |${'#'.repeat(5)}${' '.repeat(35)}|`,
        `first byte     100 ms  |${' '.repeat(5)}${'#'.repeat(20)}${' '.repeat(15)}|`,
        `rest          75.0 ms  |${' '.repeat(25)}${'#'.repeat(15)}|`,
        'total          200 ms',
        '',
      ].join('\n'),
    )
  })

  test('draws nothing if no time has passed', () => {
    const none = { name: 0, connect: 0, tls: 0, firstByte: 0, rest: 0, total: 0 }
    expect(formatTimings(none)).not.toContain('#')
    expect(formatTimings({ ...none, rest: 1e-9, total: 1 })).not.toContain('NaN')
  })
})

describe('load statistics', () => {
  test('percentiles are times of requests', () => {
    const times = Float64Array.from({ length: 1000 }, (_, index) => 1000 - index)
    expect(timeStatistics(times)).toMatchObject({
      fastest: 1,
      average: 500.5,
      slowest: 1000,
      percentiles: { '50': 500, '75': 750, '90': 900, '95': 950, '99': 990, '99.9': 999 },
    })
  })

  test.each([[[3]], [[3, 3]], [[0, 5]], [[1, 2, 4, 8, 1000]]])('the histogram of %j has all requests', times => {
    const { histogram = [] } = timeStatistics(Float64Array.from(times)) ?? {}
    expect(histogram.reduce((sum, { count }) => sum + count, 0)).toBe(times.length)
    expect(histogram.at(-1)?.upTo).toBe(Math.max(...times))
  })

  test('there are none without a time', () => expect(timeStatistics(new Float64Array())).toBeUndefined())

  test('a report without a response has no times', () => {
    const result = { duration: 500, times: new Float64Array(), bytes: 0, connections: 2, statuses: new Map() }
    const report = reportLoad({ ...result, errors: new Map([['closed', 3]]) })
    expect(report).toMatchObject({ requests: 3, failed: 3, requestsPerSecond: 6, times: undefined })
    expect(formatLoad(report)).toBe(
      '3 requests in 0.50 s, 2 at a time\n6 requests per second, 0 B of bodies per second\n3 failed: closed\n',
    )
  })
})

describe('formatCurl', () => {
  const none: HttpCommand = {
    request: [],
    head: false,
    header: [],
    body: [],
    form: [],
    urlencoded: false,
    include: false,
    verbose: false,
    remoteName: false,
    continue: false,
    follow: false,
    compressed: false,
    http2: false,
    resolve: [],
    insecure: false,
    timings: false,
    parallel: 1,
    curl: true,
  }
  const format = (
    input: Partial<HttpCommand>,
    { method = 'GET', headers = {}, url = 'http://a/', connectTo = undefined as string | undefined, cookie = '' } = {},
  ) => formatCurl({ ...none, ...input }, { method, headers }, url, { connectTo, cookie })
  const start = "curl -H 'User-Agent: fourwire'"

  test.each([
    [format({}), `${start} http://a/`],
    [format({ include: true }, { method: 'HEAD' }), "curl -I -H 'User-Agent: fourwire' http://a/"],
    [format({ include: true }, { method: 'PUT' }), "curl -X PUT -i -H 'User-Agent: fourwire' http://a/"],
    [format({ body: ['a=1', 'b'] }, { method: 'POST' }), `${start} --data-raw 'a=1&b' http://a/`],
    [format({ body: ['@x y'] }, { method: 'POST' }), `${start} --data-binary '@x y' http://a/`],
    [
      format({ jsonBody: "it's" }, { method: 'GET' }),
      `curl -X GET -H 'User-Agent: fourwire' --data-raw 'it'\\''s' http://a/`,
    ],
    [
      format({ form: ['a=@b'] }, { method: 'POST', headers: { 'Content-Type': 'x', 'Content-Length': '1' } }),
      `${start} -F a=@b http://a/`,
    ],
    [
      format({ user: 'a:b' }, { headers: { Authorization: 'Basic x', 'user-agent': 'me' } }),
      "curl -H 'user-agent: me' -u a:b http://a/",
    ],
    [
      format({}, { headers: { Accept: [], 'X-A': ['1', '2'], 'X-E': '' } as never, cookie: 'c=1' }),
      `${start} -H Accept: -H 'X-A: 1' -H 'X-A: 2' -H 'X-E;' -H 'Cookie: c=1' http://a/`,
    ],
    [format({}, { headers: { cookie: 'own' }, cookie: 'c=1' }), `${start} -H 'cookie: own' http://a/`],
    [
      format(
        { follow: true, compressed: true, remoteName: true, continue: true, insecure: true },
        { url: 'https://a/{b}' },
      ),
      `${start} -L --compressed -O -C - --http1.1 -k -g 'https://a/{b}'`,
    ],
    [
      format({ http2: true, output: 'x', cacert: 'c.pem' }, { url: 'https://[::1]/' }),
      `${start} -o x --http2 --cacert c.pem 'https://[::1]/'`,
    ],
    [
      format({ http2: true, resolve: ['a:80:1.2.3.4'] }, { connectTo: 'a:80:b:81' }),
      `${start} --http2-prior-knowledge --resolve a:80:1.2.3.4 --connect-to a:80:b:81 http://a/`,
    ],
  ])('%s', (command, expected) => expect(command).toBe(expected))
})
