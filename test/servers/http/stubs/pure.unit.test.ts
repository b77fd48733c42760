import { describe, expect, expectTypeOf, test } from 'vitest'
import { compileResponse } from '../../../../servers/http/stubs/compile-response.ts'
import { findDifferences } from '../../../../servers/http/stubs/criteria.ts'
import { RequestTimeoutError, StubsNotCalledError } from '../../../../servers/http/stubs/errors.ts'
import { matchPattern, type PathParams, parsePattern } from '../../../../servers/http/stubs/pattern.ts'
import { RequestLog } from '../../../../servers/http/stubs/request-log.ts'
import { StubStream } from '../../../../servers/http/stubs/stub-body.ts'
import { record } from './record.ts'

describe('a pattern', () => {
  test.each([
    ['/x', 'PATCH', '/x', {}],
    ['GET /x', 'POST', '/x', undefined],
    ['GET /x', 'GET', '/x/', undefined],
    ['GET  /a/:id', 'GET', '/a/b c', { id: 'b c' }],
    ['GET /a/:id', 'GET', '/a/', undefined],
    ['GET /a/:id', 'GET', '/a/b/c', undefined],
    ['GET /*all', 'GET', '/a/b', { all: 'a/b' }],
    ['GET /a/*all', 'GET', '/a/', { all: '' }],
    ['POST /v1/jobs:cancel', 'POST', '/v1/jobs:cancel', {}],
    ['GET /a.b(c)', 'GET', '/a.b(c)', {}],
    ['GET /a.b', 'GET', '/axb', undefined],
    ['M-SEARCH /x', 'M-SEARCH', '/x', {}],
    ['GET /a*b', 'GET', '/a*b', {}],
    ['GET /a*b', 'GET', '/aab', undefined],
    ['GET /a**', 'GET', '/a**', {}],
    ['GET /a/:id', 'GET', '/a/b\0c', { id: 'b/c' }],
    ['GET /a/*all', 'GET', '/a/b\0c/d', { all: 'b/c/d' }],
    ['GET /a/b%2fc', 'GET', '/a/b\0c', {}],
    ['GET /a/b%2Fc', 'GET', '/a/b/c', undefined],
    ['GET /a/b%2Fc', 'GET', '/a/b%2Fc', undefined],
  ])('%s and %s %s: %j', (text, method, path, params) => {
    expect(matchPattern(parsePattern(text), { method, path, query: '' })).toEqual(params)
  })

  test('has the types of its parameters', () => {
    expectTypeOf<PathParams<'GET /a/:id/b/*rest?q=:no'>>().toEqualTypeOf<{
      readonly id: string
      readonly rest: string
    }>()
    expectTypeOf<PathParams<string>>().toEqualTypeOf<Readonly<Record<string, string>>>()
    // biome-ignore lint/complexity/noBannedTypes: a pattern without names has no parameters.
    expectTypeOf<PathParams<'/a'>>().toEqualTypeOf<{}>()
  })

  test('has differences for each part of a request', () => {
    const request = record({ path: '/b\0c', query: 'q=2&q=3' })
    expect(findDifferences(request, parsePattern('POST /a?q=1&p=1'), undefined)).toEqual([
      'method GET is not POST',
      'path "/b%2Fc" does not match /a',
      'query q is "2", "3", not "1"',
      'query p is missing, not "1"',
    ])
  })
})

describe('conditions', () => {
  test('for JSON name the type of a body that is not JSON', () => {
    const body = Buffer.from('{"a":1}')
    const differences = (headers: Record<string, string>) =>
      findDifferences(record({ headers, body }), parsePattern('/'), { json: { a: 1 } })
    expect(differences({ 'content-type': 'text/plain' })).toEqual([
      'the body is not JSON: Content-Type is "text/plain", text is "{\\"a\\":1}"',
    ])
    expect(differences({})).toEqual(['the body is not JSON: Content-Type is missing, text is "{\\"a\\":1}"'])
    expect(differences({ 'content-type': 'application/json' })).toEqual([])
  })

  const json = record({
    headers: { 'content-type': 'application/json', 'x-list': ['a', 'b'] },
    body: Buffer.from('[1,{"a":null}]'),
  })
  test.each([
    [{ json: [1, {}] }, []],
    [{ json: [1] }, ['json is [1,{"a":null}], not [1]']],
    [{ json: { a: 1 } }, ['json is [1,{"a":null}], not {"a":1}']],
    [{ json: [1, { a: 2 }] }, ['json[1].a is null, not 2']],
    [{ headers: { 'X-List': 'a, b' } }, []],
    [{ text: '2' }, ['text "[1,{\\"a\\":null}]" does not contain "2"']],
    [{ text: /\[1/g }, []],
    [() => false, ['the function `where` returned false']],
    [
      () => {
        throw new Error('oops')
      },
      ['the function `where` failed: oops'],
    ],
  ])('%j: %j', (where, differences) => {
    const pattern = parsePattern('/')
    expect(findDifferences(json, pattern, where)).toEqual(differences)
    expect(findDifferences(json, pattern, where)).toEqual(differences)
  })

  test('quote long values up to a bound', () => {
    const [difference] = findDifferences(record({ body: Buffer.from('x'.repeat(200)) }), parsePattern('/'), {
      text: 'y',
    })
    expect(difference).toBe(`text "${'x'.repeat(79)}... does not contain "y"`)
  })
})

describe('the log of requests', () => {
  test('forgets the oldest when there are too many', () => {
    const log = new RequestLog(2, 1e6)
    for (const path of ['/1', '/2', '/3']) log.add(record({ path }))
    expect(log.entries.map(({ path }) => path)).toEqual(['/2', '/3'])
  })

  test('forgets the oldest when they have too many bytes, but not the newest', () => {
    const log = new RequestLog(10, 4000)
    log.add(record({ path: '/1', body: Buffer.alloc(1000) }))
    log.add(record({ path: '/2', exchange: { conversationId: '', text: 'x'.repeat(500) } }))
    expect(log.entries).toHaveLength(1)
    log.add(record({ path: '/3', body: Buffer.alloc(5000), multipart: { form: {}, files: [] } }))
    expect(log.entries.map(({ path }) => path)).toEqual(['/3'])
    log.clear()
    expect(log.entries).toEqual([])
  })
})

describe('errors', () => {
  test('list the last 20 requests and the first 20 stubs', () => {
    const requests = Array.from({ length: 21 }, (_, index) => ({
      method: 'GET',
      path: `/${index}`,
      query: '',
      differences: [],
    }))
    const { message } = new RequestTimeoutError('/x', 1, requests)
    expect(message).toMatch(/arrived: 21 \(the last 20\)\n {2}- GET \/1\n/)
    const stubs = Array.from({ length: 21 }, (_, index) => ({ description: `/${index}`, calls: 2, expected: 3 }))
    const failing = { description: 'GET /f', calls: 1, expected: 1, failure: 'text' }
    const both = new StubsNotCalledError({ missing: stubs.slice(0, 1), failed: [failing, failing] }, [])
    expect(both.message).toContain('as expected:\n  - ')
    expect(both.message).toContain('\n2 stubs failed, and responded 500:\n  - GET /f: text')
    const error = new StubsNotCalledError({ missing: stubs, failed: [] }, requests)
    expect(error.message).toMatch(/^21 stubs .*\n {2}- \/0: called 2 times, but it has 3 responses\n/)
    expect(error.message).toMatch(/- \/19: .*\n {2}and 1 more\nRequests that no stub matched: 21 \(the last 20\)\n/)
  })
})

describe('a response', () => {
  test('with a length may be a stream, or break', () => {
    const headers = { 'Content-Length': 3 }
    expect(compileResponse({ headers, body: ['ab', 'c'] }).create('GET').headers).toContain('Content-Length')
    expect(compileResponse({ headers, body: 'a', abort: true }).create('GET').body).toBeInstanceOf(StubStream)
    expect(compileResponse({ headers }).create('HEAD')).toEqual({ status: 200, headers: ['Content-Length', '3'] })
  })

  test('with trailers and no body has an empty one in chunks', () => {
    const response = compileResponse({ trailers: { a: 'b' } }).create('GET')
    expect(response.body).toBeInstanceOf(StubStream)
    expect(response.trailers?.()).toEqual(['a', 'b'])
  })

  test('with the status 426 names the protocol to upgrade to', () => {
    const response = compileResponse({ status: 426, headers: { Upgrade: 'h2c' } }).create('GET')
    expect(response).toEqual({ status: 426, headers: ['Upgrade', 'h2c'] })
  })

  test('keeps its own copy of bytes', () => {
    const body = Buffer.from('a')
    const compiled = compileResponse({ body })
    body[0] = 0
    expect(compiled.create('GET').body).toEqual(Buffer.from('a'))
    expect(compiled.size).toBe(1)
    expect(compileResponse({ body: ['a', new Uint8Array(2)] })).toMatchObject({ size: 3 })
  })
})

describe('a stream', () => {
  async function readAll(stream: StubStream): Promise<string> {
    const parts: Uint8Array[] = []
    for await (const chunk of stream.chunks()) parts.push(chunk)
    return Buffer.concat(parts).toString()
  }

  test('ends early when it is cancelled, and closes its generator', async () => {
    let isClosed = false
    async function* endless() {
      try {
        for (;;) yield 'x'
      } finally {
        isClosed = true
      }
    }
    const stream = new StubStream(endless(), { breaks: false, length: undefined })
    for await (const _ of stream.chunks()) stream.cancel()
    await stream.close()
    expect(isClosed).toBe(true)
  })

  test('that waits ends when it is cancelled', async () => {
    const never: AsyncIterable<string> = {
      [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => undefined) }),
    }
    const stream = new StubStream(never, { breaks: false, length: undefined })
    const read = readAll(stream)
    stream.cancel()
    expect(await read).toBe('')
    await stream.close()
  })

  test('fails if its length differs from the declared one, or a chunk is not text or bytes', async () => {
    const fails = async (chunks: readonly string[], length: number, problem: string) =>
      expect(readAll(new StubStream(chunks, { breaks: false, length }))).rejects.toThrow(problem)
    await fails(['ab'], 1, 'the body is longer than its content-length, 1')
    await fails(['ab'], 3, 'the body has 2 bytes of content-length 3')
    await fails([7 as unknown as string], 3, 'a chunk that is neither text nor bytes: 7')
  })
})
