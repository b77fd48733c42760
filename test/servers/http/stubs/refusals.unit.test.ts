import { describe, expect, test } from 'vitest'
import { stubsApi } from '../../../../servers/http/stubs/api.ts'
import { parseDefinition, parseDefinitions } from '../../../../servers/http/stubs/parse-stubs.ts'
import { stubsJsonSchema } from '../../../../servers/http/stubs/schemas.ts'
import type { StubAnswers } from '../../../../servers/http/stubs/stub-response.ts'
import { Stubs } from '../../../../servers/http/stubs/stubs.ts'
import { Trace } from '../../../../shared/trace/trace.ts'

const api = () => stubsApi(new Stubs(new Trace()))

/** Stubs of a program in JavaScript, which no compiler has checked. */
const unchecked = (answers: unknown) => answers as StubAnswers

const circular: { self?: unknown } = {}
circular.self = circular

describe('a pattern', () => {
  test.each([
    ['orders', 'the request must be a path that begins with /, and may have a method before it: "GET /orders"'],
    ['http://127.0.0.1/orders', 'the request must be a path that begins with /'],
    [
      'GET /a#b',
      'the request must be a path that begins with /, and may have a method before it: "GET /orders". Clients',
    ],
    ['GET http://a/b', '"GET /orders". The URL is that of the suite: leave out the part before the path'],
    ['/orders POST', 'the method comes first: "POST /orders"'],
    ['GET /a/{id}/b', 'write :id for {id}'],
    ['/{}', 'write :name for {}'],
    ['post /orders', '"post" is not a method. Write it in upper case, or leave it out for any'],
    ['* /orders', '"*" is not a method'],
    ['GET /a%20b', 'the path must be written decoded, without %. Only %2F can be in it, for a slash inside a segment'],
    ['GET /-/stubs', 'paths below /-/ are those of the stubs themselves'],
    ['GET /a/:', '":" needs a name: :name'],
    ['GET /a/*', '"*" needs a name: *name'],
    ['GET /a/:id.json', 'the name in ":id.json" must be letters, digits and _. A parameter is a whole segment'],
    ['GET /*.json', 'the name in "*.json" must be letters, digits and _. It is the rest of the path'],
    ['GET /*rest/a', '*rest can only be the end of the path'],
    ['GET /:id/:id', 'the path has the name id twice'],
    [`GET /${'x'.repeat(8192)}`, 'the request must have at most 8192 characters'],
  ])('%s is refused', (pattern, problem) => {
    expect(() => api().stub(pattern, 200)).toThrow(problem)
    expect(() => api().requests(pattern)).toThrow(problem)
  })

  test('that is not text is refused, quoted', async () => {
    const pattern = { path: '/x' } as unknown as string
    expect(() => api().stub(pattern, 200)).toThrow(
      'suite.http.stub({"path":"/x"}, 200): the request must be text such as',
    )
    await expect(api().waitForRequest(pattern)).rejects.toThrow('suite.http.waitForRequest({"path":"/x"}): the request')
  })
})

describe('a response', () => {
  test.each<[unknown, string]>([
    [99, '99): must be a number from 200 to 599 (given: 99)'],
    [[200, 99.5], '[200,99.5]): 1: must be a number from 200 to 599 (given: 99.5)'],
    [[], '[]): the list of responses must not be empty'],
    [new Array(1001).fill(200), 'a stub can have at most 1000 responses'],
    ['hello', 'the response must be a status, an object such as { json: {} } or { body: "text" }, or a function'],
    [null, 'the response must be a status'],
    [[{ stauts: 200 }], '[{"stauts":200}]): 0: unknown option "stauts". Use status, reason, headers, json, body'],
    [{ status: '200' }, 'status: must be a number from 200 to 599 (given: "200")'],
    [{ status: 101 }, 'status: must be a number from 200 to 599 (given: 101)'],
    [{ status: 204, json: {} }, 'a response with the status 204 has no body'],
    [[503, { status: 204, json: {} }], '): 1: a response with the status 204 has no body'],
    [{ json: {}, body: 'x' }, 'the response has more than one of json, body and base64'],
    [{ json: circular }, 'json cannot be written: Converting circular structure to JSON'],
    [{ json: () => 1 }, '{"json":"(function)"}): json cannot be written: function is not JSON'],
    [
      { body: 7 },
      'body: must be text, bytes, a list of them, an async iterable, or a function that returns one (given: 7)',
    ],
    [{ body: ['x', 7] }, 'body: must be text, bytes'],
    [
      { body: 'x'.repeat(10 * 1024 * 1024 + 1) },
      'the body is longer than 10485760 bytes. Stream it: body: () => stream',
    ],
    [{ base64: '*' }, 'base64: must be base64 (given: "*")'],
    [{ delay: -1 }, 'delay: must be milliseconds from 0 to 60000 (given: -1)'],
    [{ delay: 60_001 }, 'delay: must be milliseconds from 0 to 60000'],
    [{ abort: 'yes' }, 'abort: must be true or false (given: "yes")'],
    [{ reason: 'a\r\nb' }, 'reason: "a\\r\\nb" has a character that a field cannot have'],
    [{ headers: { 'a b': 'x' } }, 'headers: "a b" is not a field name'],
    [{ headers: { a: 'x\r\nSet-Cookie: b' } }, 'headers: a: "x\\r\\nSet-Cookie: b" has a character that'],
    [new Response('x'), '(Response)"): the response cannot be a Response of fetch. Use { status, headers, body }'],
    [{ headers: new Headers({ a: 'b' }) }, '{"headers":"(Headers)"}): headers: must be an object (given: "(Headers)")'],
    [{ headers: { a: {} } }, 'headers.a: must be text or a list of texts (given: {})'],
    [{ headers: { 'Transfer-Encoding': 'chunked' } }, 'headers: the connection writes transfer-encoding itself'],
    [
      { body: ['x'], trailers: { 'Content-Length': '9' } },
      'trailers: the client needs content-length before the body. Send it in headers',
    ],
    [
      { headers: { 'content-length': 5 }, body: 'x' },
      'content-length 5 is not the length of the body, 1. Use abort: true',
    ],
    [{ headers: { 'content-length': '-5' } }, 'headers: content-length -5 is not a number'],
    [{ headers: { 'content-length': 1 }, trailers: { a: 'b' } }, 'a response with trailers has no content-length'],
    [{ headers: { 'content-length': 1, 'Content-Length': 2 }, body: 'x' }, 'content-length is given twice'],
    [{ status: 204, headers: { 'content-length': 1 } }, 'a response with the status 204 has no content-length'],
    [{ trailers: { 'a b': 'x' } }, 'trailers: "a b" is not a field name'],
  ])('%j is refused', (answers, problem) => {
    const { stub, expectAllCalled } = api()
    const error = () => stub('GET /x', unchecked(answers))
    expect(error).toThrow('suite.http.stub("GET /x", ')
    expect(error).toThrow(problem)
    expectAllCalled()
  })

  test('of functions and bytes is quoted without them', () => {
    const answers = [() => 200, { body: Buffer.from('x'), where: /x/ }]
    expect(() => api().stub('/x', unchecked(answers))).toThrow(
      'suite.http.stub("/x", ["(function)",{"body":"(1 bytes)","where":"/x/"}]): 1: unknown option "where"',
    )
  })

  test('of a long input is quoted up to a bound', () => {
    const body = ['x'.repeat(1000), 7n]
    expect(() => api().stub('/x', unchecked({ body }))).toThrow(/^suite\.http\.stub\("\/x", \{"body":\["x+\.\.\.\): /)
  })
})

describe('conditions', () => {
  test.each<[object | string, string]>([
    ['text', 'where: must be an object (given: "text")'],
    [{ heders: {} }, 'where: unknown option "heders". Use headers, text, json'],
    [{ text: 7 }, 'where.text: must be text or a regular expression (given: 7)'],
    [{ headers: { a: 7 } }, 'where.headers.a: must be text or a regular expression (given: 7)'],
  ])('%j are refused', (where, problem) => {
    expect(() => api().stub('/x', 200, { where: where as object })).toThrow(problem)
  })
})

test('a timeout that is not a number of milliseconds is refused', async () => {
  await expect(api().waitForRequest('/x', { timeout: -1 })).rejects.toThrow(
    'suite.http.waitForRequest("/x"): the timeout must be milliseconds from 0 to 3600000 (given: -1)',
  )
})

describe('bounds', () => {
  test('there can be 1000 stubs', () => {
    const { stub, reset } = api()
    for (let count = 0; count < 1000; count++) stub('/x', 200)
    expect(() => stub('/x', 200)).toThrow('there can be at most 1000 stubs. Remove some with reset()')
    reset()
    stub('/x', 200)
  })

  test('the bodies of all stubs can have 64 MiB', () => {
    const { stub } = api()
    const body = Buffer.alloc(10 * 1024 * 1024)
    for (let count = 0; count < 6; count++) stub('/x', { body })
    expect(() => stub('/x', { body })).toThrow('the bodies of all stubs can have at most 67108864 bytes')
  })

  test('1000 programs can wait at once', async () => {
    const stubs = new Stubs(new Trace())
    const { waitForRequest } = stubsApi(stubs)
    const waiting = Array.from({ length: 1000 }, () => waitForRequest('/x'))
    await expect(waitForRequest('/x')).rejects.toThrow('more than 1000 programs wait for a request')
    stubs.close()
    const results = await Promise.allSettled(waiting)
    expect(new Set(results.map(({ status }) => status))).toEqual(new Set(['rejected']))
  })
})

describe('a definition in JSON', () => {
  test('is parsed', () => {
    const stub = { request: 'GET /x', where: { text: 'a' }, response: [503, { json: {} }] }
    expect(parseDefinitions({ $schema: 'x.json', stubs: [stub, { request: '/y', response: 404 }] })).toEqual([
      { request: 'GET /x', where: { text: 'a' }, answers: [503, { json: {} }] },
      { request: '/y', where: undefined, answers: [404] },
    ])
  })

  test.each<[unknown, string]>([
    [[], 'must be an object (given: [])'],
    [{}, 'stubs: missing'],
    [{ stub: [] }, 'unknown option "stub". Use $schema, stubs'],
    [{ stubs: [], more: 1 }, 'unknown option "more". Use $schema, stubs'],
    [
      { stubs: [{ request: '/x', responses: 200 }] },
      'stubs.0: unknown option "responses". Use request, where, response',
    ],
    [{ stubs: [{ response: 200 }] }, 'stubs.0.request: missing'],
    [{ stubs: [{ request: '/x' }] }, 'stubs.0.response: missing'],
    [
      { stubs: [{ request: '/x', response: null }] },
      'stubs.0.response: must be a status, an object such as {"status": 200, "json": {}}',
    ],
    [{ stubs: [{ request: '/x', response: [] }] }, 'stubs.0.response: the list of responses must not be empty'],
    [{ stubs: [{ request: '/x', response: [200, 'x'] }] }, 'stubs.0.response.1: must be a status'],
    [{ stubs: [{ request: '/x', response: { body: 7 } }] }, 'stubs.0.response.body: must be text or a list of texts'],
  ])('%j is refused', (definitions, problem) => {
    expect(() => parseDefinitions(definitions)).toThrow(problem)
  })

  test('by itself is refused with its place', () => {
    expect(() => parseDefinition({ request: '/x', response: { status: 1 } })).toThrow(
      'response.status: must be a number',
    )
  })

  test('has a schema for editors', () => {
    const schema = JSON.stringify(stubsJsonSchema())
    expect(schema).toContain('"maximum":599')
    expect(schema).toContain('milliseconds before the response')
  })
})

describe('options', () => {
  test('with a misspelled name are refused', async () => {
    const { stub, waitForRequest } = api()
    expect(() => stub('/a', 200, Object({ times: 2 }))).toThrow('unknown option "times". Use where')
    await expect(waitForRequest('/a', Object({ timeot: 1 }))).rejects.toThrow(
      'suite.http.waitForRequest("/a"): unknown option "timeot". Use timeout, where, signal',
    )
  })

  test.each<unknown>([5, 'x', null, []])('that are %j are refused', async options => {
    const { stub, waitForRequest } = api()
    await expect(waitForRequest('/a', options as object)).rejects.toThrow('the options must be an object with timeout')
    expect(() => stub('/a', 200, (options ?? 5) as object)).toThrow('the options must be an object with where')
  })
})

test('a closed suite refuses stubs and waits', async () => {
  const stubs = new Stubs(new Trace())
  stubs.close()
  const { stub, waitForRequest, requests } = stubsApi(stubs)
  expect(() => stub('/a', 200)).toThrow('suite.http.stub("/a", 200): the suite is closed')
  await expect(waitForRequest('/a')).rejects.toThrow('the suite is closed: no request can arrive')
  expect(requests()).toEqual([])
})

test('a wait ends with the reason of its signal', async () => {
  const { waitForRequest } = api()
  const reason = new Error('enough')
  await expect(waitForRequest('/a', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  const controller = new AbortController()
  const waiting = waitForRequest('/a', { signal: controller.signal })
  controller.abort(reason)
  await expect(waiting).rejects.toBe(reason)
})
