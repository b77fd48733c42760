import { once } from 'node:events'
import { connect } from 'node:http2'
import { buffer, text } from 'node:stream/consumers'
import { setImmediate as nextTick } from 'node:timers/promises'
import { request } from 'undici'
import { afterEach, beforeAll, describe, expect, expectTypeOf, onTestFinished, test, vi } from 'vitest'
import type { ReceivedRequest } from '../../../../servers/http/index.ts'
import { type Suite, startSuite } from '../../../../shared/launcher/index.ts'
import { afterAllTests } from '../../../helpers/cli.ts'
import { LOWEST_COST } from '../../../helpers/password-cost.ts'
import { suiteFor } from '../../../helpers/suite.ts'
import { Wire } from '../../../helpers/wire.ts'

const cleanup = afterAllTests()
let suite: Suite<'http'>
beforeAll(async () => {
  suite = await startSuite({ services: ['http'], passwordCost: LOWEST_COST })
  cleanup(() => suite.close())
})
afterEach(() => suite.http.reset())

const url = (path: string) => new URL(path, suite.http.url).href
const get = async (path: string) => {
  const response = await fetch(url(path))
  return { status: response.status, text: await response.text() }
}
const post = (path: string, body: string | FormData | URLSearchParams, headers: Record<string, string> = {}) =>
  fetch(url(path), { method: 'POST', body, headers })

describe('a stub', () => {
  test('responds with one response after another, the last one repeated', async () => {
    suite.http.stub('POST /api/orders', [503, 503, { status: 200, json: { id: 1 } }])
    const statuses: number[] = []
    for (let index = 0; index < 4; index++) statuses.push((await post('/api/orders', '')).status)
    expect(statuses).toEqual([503, 503, 200, 200])
    const response = await post('/api/orders', '')
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(await response.json()).toEqual({ id: 1 })
  })

  test('takes precedence over files and routes, and ends with remove()', async () => {
    const before = await get('/files/hello.txt')
    const stub = suite.http.stub('/files/hello.txt', { body: 'stub' })
    suite.http.stub('GET /healthz', 500)
    suite.http.stub('GET /app/notices', 418)
    suite.http.stub('GET /test/get', 418)
    expect(await get('/files/hello.txt')).toEqual({ status: 200, text: 'stub' })
    expect((await get('/healthz')).status).toBe(500)
    expect((await get('/app/notices')).status).toBe(418)
    expect((await get('/test/get')).status).toBe(418)
    stub.remove()
    expect(await get('/files/hello.txt')).toEqual(before)
  })

  test('takes precedence over a file in memory', async () => {
    // The server keeps files that have not changed for two seconds.
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 10_000 })
    onTestFinished(() => void vi.useRealTimers())
    const { http } = await suiteFor({ services: ['http'] })
    const statusOf = async () => {
      const { statusCode, body } = await request(new URL('/files/hello.txt', http.url))
      await body.dump()
      return statusCode
    }
    expect(await statusOf()).toBe(200)
    http.stub('GET /files/hello.txt', 418)
    expect(await statusOf()).toBe(418)
  })

  test('that is registered later takes precedence over an earlier one', async () => {
    suite.http.stub('GET /a', 201)
    const later = suite.http.stub('/*path', 202)
    expect((await get('/a')).status).toBe(202)
    later.remove()
    expect((await get('/a')).status).toBe(201)
  })

  test('of another method or path does not respond', async () => {
    suite.http.stub('DELETE /files/:name', 202)
    expect((await get('/files/hello.txt')).text).toBe('Hello from Fourwire.\n')
    expect((await fetch(url('/files/hello.txt'), { method: 'DELETE' })).status).toBe(202)
  })

  test('matches an encoded slash as a part of its segment', async () => {
    suite.http.stub('GET /repos/:project/tags', ({ params }) => ({ json: params.project }))
    expect(await get('/repos/group%2Fproject/tags')).toEqual({ status: 200, text: '"group/project"' })
    expect((await get('/repos/group/project/tags')).status).toBe(404)
    expect((await get('/repos/other%2Fpath')).status).toBe(400)
    expect(suite.http.requests('GET /repos/:project/tags').map(({ path }) => path)).toEqual([
      '/repos/group%2Fproject/tags',
    ])
    suite.http.stub('GET /files/..%2Fsecret', 418)
    expect((await get('/files/..%2Fsecret')).status).toBe(418)
    const waiting = suite.http.waitForRequest('GET /repos/x%2Fy', { timeout: 0 })
    await expect(waiting).rejects.toThrow('GET /repos/other%2Fpath\n      path "/repos/other%2Fpath" does not match')
    suite.http.stub('GET /never', 200)
    expect(() => suite.http.expectAllCalled()).toThrow('\n  - GET /repos/other%2Fpath')
  })

  test('sends its status, reason, fields and body, without others of its own', async () => {
    const headers = { 'Set-Cookie': ['a=1', 'b=2'], 'Retry-After': 7, 'content-type': 'text/html' }
    suite.http.stub('GET /x', { status: 299, reason: 'Fine', headers, body: '<p>x' })
    const wire = await Wire.connect(suite.http.port)
    await wire.play(`
      C: GET /x HTTP/1.1
      C: Host: a
      C: Connection: close
      C:
      S: HTTP/1.1 299 Fine
      S: Set-Cookie: a=1
      S: Set-Cookie: b=2
      S: Retry-After: 7
      S: content-type: text/html
      S: Content-Length: 4
      S: Date: *
      S: Connection: close
      S:
    `)
    expect(await wire.readToEnd()).toBe('<p>x')
  })

  test('sends bytes, base64, parts and streams', async () => {
    const bytes = new Uint8Array([0, 255, 10])
    async function* stream() {
      yield 'one '
      await nextTick()
      yield new TextEncoder().encode('two')
    }
    suite.http.stub('GET /bytes', { body: bytes })
    suite.http.stub('GET /base64', { base64: 'AP8K' })
    suite.http.stub('GET /parts', { body: ['a', 'b'] })
    suite.http.stub('GET /stream', { body: stream, headers: { 'content-type': 'text/csv' } })
    for (const path of ['/bytes', '/base64']) {
      const response = await fetch(url(path))
      expect(response.headers.get('content-type')).toBe('application/octet-stream')
      expect(new Uint8Array(await response.arrayBuffer())).toEqual(bytes)
    }
    expect(await get('/parts')).toEqual({ status: 200, text: 'ab' })
    for (let times = 0; times < 2; times++) {
      const response = await fetch(url('/stream'))
      expect(response.headers.get('content-type')).toBe('text/csv')
      expect(await response.text()).toBe('one two')
    }
  })

  test('sends a stream once, and then explains how to send it again', async () => {
    suite.http.stub('GET /once', { body: new Blob(['once']).stream() })
    expect((await get('/once')).text).toBe('once')
    expect(await get('/once')).toEqual({
      status: 500,
      text: expect.stringMatching(/GET \/once failed: .* sent already\. Use a function: body: \(\) => stream/),
    })
  })

  test('sends trailers', async () => {
    suite.http.stub('GET /trailers', { body: ['x'], trailers: { 'x-sum': '7' } })
    const { body, trailers } = await request(url('/trailers'))
    expect(await body.text()).toBe('x')
    expect(trailers).toEqual({ 'x-sum': '7' })
  })

  test('responds by a function, sync or async, that gets the request with typed parameters', async () => {
    suite.http.stub('GET /users/:id/*rest', request => {
      expectTypeOf(request.params).toEqualTypeOf<{ readonly id: string; readonly rest: string }>()
      return { json: { ...request.params, q: request.query.q } }
    })
    suite.http.stub('POST /sum', [async ({ json }) => ({ json }), 202])
    expect(JSON.parse((await get('/users/7/a/b%20c?q=1&q=2')).text)).toEqual({ id: '7', rest: 'a/b c', q: ['1', '2'] })
    const response = await post('/sum', '{"a":[1]}', { 'content-type': 'application/json' })
    expect(await response.json()).toEqual({ a: [1] })
    expect((await post('/sum', '')).status).toBe(202)
  })

  test('whose function fails responds with 500 and the reason', async () => {
    suite.http.stub('GET /throws', () => {
      throw new Error('no such order')
    })
    // A program in JavaScript has no compiler that checks the type.
    suite.http.stub('GET /wrong', (() => 'text') as unknown as () => number)
    expect(await get('/throws')).toEqual({
      status: 500,
      text: expect.stringContaining('GET /throws failed: no such order'),
    })
    expect((await get('/wrong')).text).toContain('must be a status, an object such as')
  })

  test('delays its response', async () => {
    suite.http.stub('GET /slow', { delay: 200, body: 'x' })
    const start = performance.now()
    expect((await get('/slow')).text).toBe('x')
    expect(performance.now() - start).toBeGreaterThan(190)
  })

  test('breaks the connection: without a response, or within the body', async () => {
    const length = { 'content-length': '1000' }
    suite.http.stub('GET /broken', { abort: true })
    suite.http.stub('GET /cut', { body: 'begin', headers: length, abort: true })
    suite.http.stub('GET /short', { body: ['begin'], headers: length })
    await expect(fetch(url('/broken'))).rejects.toThrow('fetch failed')
    for (const path of ['/cut', '/short']) {
      const response = await fetch(url(path))
      expect({ status: response.status, length: response.headers.get('content-length') }).toEqual({
        status: 200,
        length: '1000',
      })
      await expect(response.text()).rejects.toThrow('terminated')
    }
  })

  test('responds to HEAD without the body', async () => {
    suite.http.stub('HEAD /x', { json: { id: 1 } })
    const response = await fetch(url('/x'), { method: 'HEAD' })
    expect(response.headers.get('content-length')).toBe('8')
  })

  test('with a length and no body responds to HEAD only, because the next response would be read as the body', async () => {
    suite.http.stub('/x', { headers: { 'content-length': 8 } })
    const response = await fetch(url('/x'), { method: 'HEAD' })
    expect(response.headers.get('content-length')).toBe('8')
    const { status, text } = await get('/x')
    expect({ status, text }).toMatchObject({
      status: 500,
      text: expect.stringContaining('content-length 8 needs a body'),
    })
  })

  test('with conditions responds only to requests that meet them; the route gets the body of the others', async () => {
    const headers = { accept: 'text/csv' }
    suite.http.stub('POST /test/post', 201, { where: { json: { sku: 'a' } } })
    suite.http.stub('POST /test/post', 202, { where: { text: /banana/ } })
    suite.http.stub('POST /test/post', 203, { where: { headers } })
    suite.http.stub('POST /test/post', 205, { where: request => request.query.page === '2' })
    const json = { 'content-type': 'application/json' }
    expect((await post('/test/post', '{"sku":"a","n":1}', json)).status).toBe(201)
    expect((await post('/test/post', 'banana')).status).toBe(202)
    expect((await post('/test/post', 'x', { accept: 'text/csv; q=1' })).status).toBe(203)
    expect((await post('/test/post?page=2', 'x')).status).toBe(205)
    const other = await post('/test/post', '{"sku":"b"}', json)
    expect(await other.json()).toMatchObject({ json: { sku: 'b' } })
  })

  test('with a query in its pattern responds only to requests that have it', async () => {
    suite.http.stub('GET /search?q=big cat', 202)
    expect((await get('/search?page=1&q=big%20cat')).status).toBe(202)
    expect((await get('/search?q=cat')).status).toBe(404)
  })

  test('refuses a body that is too long with 413', async () => {
    suite.http.stub('POST /x', 200)
    expect((await post('/x', 'x'.repeat(10 * 1024 * 1024 + 1))).status).toBe(413)
  })
})

describe('the requests', () => {
  test('are recorded with all their parts, parsed', async () => {
    const stub = suite.http.stub('POST /orders/:id', 201)
    const before = Date.now()
    await post('/orders/7?a=1&b=2&b=3', '{"n": [1]}', { 'content-type': 'application/problem+json', 'x-a': 'b' })
    await get('/other')
    const [request, ...more] = suite.http.requests('POST /orders/:id')
    expectTypeOf(request).toEqualTypeOf<ReceivedRequest<{ readonly id: string }> | undefined>()
    expect(more).toEqual([])
    expect(request).toMatchObject({
      method: 'POST',
      path: '/orders/7',
      params: { id: '7' },
      query: { a: '1', b: ['2', '3'] },
      headers: { 'x-a': 'b', 'content-type': 'application/problem+json' },
      text: '{"n": [1]}',
      json: { n: [1] },
      form: undefined,
      client: { host: '127.0.0.1' },
    })
    expect(Buffer.from(request?.body ?? []).toString()).toBe('{"n": [1]}')
    expect(request?.time.getTime()).toBeGreaterThanOrEqual(before)
    expect(stub.requests).toEqual([request])
    expect(stub.calls).toBe(1)
    expect(suite.http.requests().map(({ path }) => path)).toEqual(['/orders/7', '/other'])
  })

  test('have the fields and files of a form', async () => {
    suite.http.stub('POST /form', 200)
    await post(
      '/form',
      new URLSearchParams([
        ['a', '1'],
        ['b', 'ü'],
        ['b', '3'],
      ]),
    )
    const form = new FormData()
    form.append('name', 'ann')
    form.append('photo', new File(['bytes'], 'a.png', { type: 'image/png' }))
    await post('/form', form)
    const [encoded, multipart] = suite.http.requests('POST /form')
    expect(encoded?.form).toEqual({ a: '1', b: ['ü', '3'] })
    expect(multipart?.form).toEqual({ name: 'ann' })
    expect(multipart?.files).toEqual([
      { field: 'photo', name: 'a.png', type: 'image/png', content: new TextEncoder().encode('bytes') },
    ])
  })

  test('with a malformed body have no parsed one', async () => {
    suite.http.stub('POST /x', 200)
    await post('/x', '{', { 'content-type': 'application/json' })
    await post('/x', 'x', { 'content-type': 'multipart/form-data; boundary=b' })
    expect(suite.http.requests().map(({ json, form, text }) => ({ json, form, text }))).toEqual([
      { json: undefined, form: undefined, text: '{' },
      { json: undefined, form: undefined, text: 'x' },
    ])
  })

  test('have the transcript of their exchange, secrets masked', async () => {
    suite.http.stub('POST /x', [201, { json: [] }])
    const wire = await Wire.connect(suite.http.port)
    wire.send('POST /x HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer secret\r\nContent-Length: 2\r\n\r\n')
    wire.send('okPOST /x HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n')
    await wire.readToEnd()
    const [first, second] = suite.http.requests('POST /x')
    expect(first?.conversation.replace(/Date: .*/, 'Date: *')).toBe(
      [
        'C: POST /x HTTP/1.1',
        'C: Host: a',
        'C: Authorization: ***',
        'C: Content-Length: 2',
        'C: (2 bytes)',
        'S: HTTP/1.1 201 Created',
        'S: Content-Length: 0',
        'S: Date: *',
        'S: Connection: keep-alive',
        'S: Keep-Alive: timeout=5',
        '',
      ].join('\n'),
    )
    expect(second?.conversation).toMatch(
      /^C: POST \/x HTTP\/1\.1\nC: Host: b\n[\s\S]*S: \(2 bytes of application\/json\)\n$/,
    )
    const id = new RegExp(`^http:127\\.0\\.0\\.1:\\d+>127\\.0\\.0\\.1:${suite.http.port}$`)
    expect(first?.conversationId).toMatch(id)
    expect(second?.conversationId).toBe(first?.conversationId)
  })
})

describe('waitForRequest', () => {
  test('resolves with a request that is there already, and with one that arrives later', async () => {
    suite.http.stub('/a/:id', 200)
    await get('/a/1')
    expect((await suite.http.waitForRequest('GET /a/:id')).params.id).toBe('1')
    const later = suite.http.waitForRequest('GET /a/:id', { where: request => request.params.id === '2' })
    await get('/a/2')
    expect((await later).path).toBe('/a/2')
  })

  test('needs no stub', async () => {
    const waiting = suite.http.waitForRequest('GET /files/:name')
    expect((await get('/files/hello.txt')).status).toBe(200)
    expect((await waiting).params).toEqual({ name: 'hello.txt' })
    expect(suite.trace.active).toBe(false)
  })

  test('has the body of a request that no stub matches, which the server handles as usual', async () => {
    const waiting = suite.http.waitForRequest('POST /test/post', { where: { text: 'tea' } })
    const response = await post('/test/post', '{"name":"tea"}', { 'Content-Type': 'application/json' })
    expect(await response.json()).toMatchObject({ json: { name: 'tea' } })
    expect((await waiting).json).toEqual({ name: 'tea' })
  })

  test('does not read a body that is too long to record', async () => {
    const waiting = suite.http.waitForRequest('POST /test/upload')
    const body = 'x'.repeat(10 * 1024 * 1024 + 1)
    expect((await post('/test/upload', body)).status).toBe(200)
    expect((await waiting).body).toHaveLength(0)
  })

  test('names the reason if the body was not recorded', async () => {
    suite.http.stub('GET /other', 200)
    await post('/test/post', 'tea')
    await expect(suite.http.waitForRequest('POST /test/post', { where: { text: 'tea' }, timeout: 0 })).rejects.toThrow(
      'its body was not recorded: no stub matched it, and nothing waited for it when it arrived',
    )
  })

  test('lists what arrived, and how each request differs, when the time is over', async () => {
    suite.http.stub('POST /api/orders', 200)
    await get('/api/orders')
    await post('/api/order?x=1', '')
    await post('/api/orders', '{"items":[{"sku":"b"}]}', { 'content-type': 'application/json', accept: 'text/html' })
    const where = { headers: { Accept: 'json', 'X-Id': /^7$/ }, json: { items: [{ sku: 'a' }], n: 1 } }
    const error = await suite.http.waitForRequest('POST /api/orders', { timeout: 1, where }).catch(String)
    expect(
      error,
    ).toBe(`RequestTimeoutError: POST /api/orders with header Accept "json", header X-Id /^7$/, json {"items":[{"sku":"a"}],"n":1} did not arrive in 1 ms. Requests that arrived: 3
  - GET /api/orders
      method GET is not POST
  - POST /api/order?x=1
      path "/api/order" does not match /api/orders
  - POST /api/orders
      header Accept "text/html" does not contain "json"
      header X-Id is missing
      json.items[0].sku is "b", not "a"
      json.n is missing, not 1`)
  })

  test('explains when nothing arrived', async () => {
    await expect(suite.http.waitForRequest('/x', { timeout: 1 })).rejects.toThrow(
      '/x did not arrive in 1 ms. No request arrived. Does the client use the URL of this server?',
    )
  })

  test('ends with an error when the suite closes', async () => {
    const other = await startSuite({ services: ['http'] })
    const waiting = expect(other.http.waitForRequest('/x')).rejects.toThrow('the suite was closed')
    await other.close()
    await waiting
  })
})

describe('expectAllCalled', () => {
  test('names each stub that was called less often than it has responses, and the requests that no stub matched', async () => {
    suite.http.stub('GET /called', 200)
    suite.http.stub('POST /orders', [503, 503, 200])
    suite.http.stub('GET /never', 200, { where: { text: 'x' } })
    await get('/called')
    await post('/orders', '')
    await get('/nevr?a=b')
    expect(() => suite.http.expectAllCalled()).toThrow(
      expect.objectContaining({
        name: 'StubsNotCalledError',
        message: `2 stubs were not called as often as expected:
  - POST /orders: called once, but it has 3 responses
  - GET /never with text "x": never called
Requests that no stub matched: 1
  - GET /nevr?a=b`,
      }),
    )
  })

  test('names each stub whose function failed, with its error as the cause', async () => {
    const failure = new Error('no such order')
    suite.http.stub('GET /orders/:id', () => {
      throw failure
    })
    expect((await get('/orders/1')).text).toContain('no such order')
    expect(() => suite.http.expectAllCalled()).toThrow(
      expect.objectContaining({
        message: 'A stub failed, and responded 500:\n  - GET /orders/:id: no such order',
        cause: failure,
      }),
    )
  })

  test('returns if all were called, or removed', async () => {
    suite.http.stub('GET /called', [200, 201])
    suite.http.stub('GET /removed', 200).remove()
    await get('/called')
    expect(() => suite.http.expectAllCalled()).toThrow('A stub was not called')
    await get('/called')
    suite.http.expectAllCalled()
  })
})

describe('isolation', () => {
  test('two suites never see stubs and requests of each other', async () => {
    const other = await startSuite({ services: ['http'], passwordCost: LOWEST_COST })
    onTestFinished(() => other.close())
    suite.http.stub('GET /x', 201)
    other.http.stub('GET /y', 202)
    expect((await get('/y')).status).toBe(404)
    expect((await fetch(new URL('/x', other.http.url))).status).toBe(404)
    expect(suite.http.requests().map(({ path }) => path)).toEqual(['/y'])
    expect(other.http.requests().map(({ path }) => path)).toEqual(['/x'])
    other.http.reset()
    expect((await get('/x')).status).toBe(201)
  })

  test('suite.reset() removes stubs and requests', async () => {
    suite.http.stub('GET /x', 201)
    await get('/x')
    await suite.reset()
    expect((await get('/x')).status).toBe(404)
    expect(suite.http.requests()).toEqual([])
  })

  test('without stubs no request is recorded, and the trace is not active', async () => {
    suite.http.stub('GET /x', 201).remove()
    await get('/x')
    expect(suite.http.requests()).toEqual([])
    expect(suite.trace.active).toBe(false)
  })

  test('a delay does not outlast the suite', async () => {
    const other = await startSuite({ services: ['http'], passwordCost: LOWEST_COST })
    other.http.stub('GET /slow', { delay: 60_000 })
    const response = fetch(new URL('/slow', other.http.url))
    await other.http.waitForRequest('GET /slow')
    await other.close()
    expect((await response).status).toBe(503)
  })
})

describe('HTTP/2', () => {
  async function http2(headers: Record<string, string>, body = '') {
    const session = connect(suite.http.url)
    onTestFinished(() => session.destroy())
    const stream = session.request(headers, { endStream: false })
    stream.end(body)
    const [fields] = await once(stream, 'response')
    return { fields, text: await text(stream) }
  }

  test('gets responses of stubs, and its requests are recorded', async () => {
    suite.http.stub('POST /h2/:id', request => ({ json: request.json, headers: { 'set-cookie': ['a=1', 'b=2'] } }))
    const { fields, text } = await http2(
      { ':method': 'POST', ':path': '/h2/7', 'content-type': 'application/json' },
      '[1]',
    )
    expect(fields).toMatchObject({ ':status': 200, 'content-type': 'application/json', 'set-cookie': ['a=1', 'b=2'] })
    expect(text).toBe('[1]')
    const [request] = suite.http.requests('POST /h2/:id')
    expect(request).toMatchObject({ params: { id: '7' }, json: [1] })
    expect(Object.keys(request?.headers ?? {}).filter(name => name.startsWith(':'))).toEqual([])
    expect(request?.conversation).toMatch(/C: :path: \/h2\/7\n[\s\S]*S: :status: 200\n/)
  })

  test('gets trailers, and a stream that breaks', async () => {
    suite.http.stub('GET /trailers', { body: ['x'], trailers: { 'x-sum': '7' } })
    suite.http.stub('GET /abort', { abort: true })
    const session = connect(suite.http.url)
    onTestFinished(() => session.destroy())
    const stream = session.request({ ':path': '/trailers' })
    const trailers = once(stream, 'trailers')
    expect((await buffer(stream)).toString()).toBe('x')
    expect((await trailers)[0]).toMatchObject({ 'x-sum': '7' })
    const broken = session.request({ ':path': '/abort' })
    await once(broken, 'close')
    expect(broken.rstCode).not.toBe(0)
  })
})
