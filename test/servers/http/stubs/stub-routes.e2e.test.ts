import { afterEach, beforeAll, describe, expect, test } from 'vitest'
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

async function call(method: string, path: string, json?: unknown) {
  const body = json === undefined ? {} : { body: typeof json === 'string' ? json : JSON.stringify(json) }
  const response = await fetch(new URL(path, suite.http.url), { method, ...body })
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.startsWith('application/json')
  return { status: response.status, body: isJson ? JSON.parse(text) : text }
}

test('POST adds a stub, GET lists the stubs, and DELETE removes them', async () => {
  const added = await call('POST', '/-/stubs', { request: 'GET /a', where: { text: 'x' }, response: [503, 200] })
  const stub = { request: 'GET /a with text "x"', responses: 2, calls: 0, origin: 'http' }
  expect(added).toEqual({ status: 201, body: [{ id: expect.any(String), ...stub }] })
  const several = {
    stubs: [
      { request: 'GET /b', response: 201 },
      { request: '/*path', response: { json: 'all' } },
    ],
  }
  const [, all] = (await call('POST', '/-/stubs', several)).body
  expect(await call('GET', '/a')).toEqual({ status: 200, body: 'all' })
  expect((await call('GET', '/-/stubs')).body).toMatchObject([
    { calls: 0 },
    { request: 'GET /b' },
    { id: all.id, calls: 1 },
  ])
  expect((await call('DELETE', `/-/stubs/${all.id}`)).status).toBe(204)
  expect((await call('DELETE', `/-/stubs/${all.id}`)).body).toContain(`There is no stub ${all.id}.`)
  expect((await call('GET', '/b')).status).toBe(201)
  expect((await call('DELETE', '/-/stubs')).body).toEqual({ deleted: 2 })
  expect((await call('GET', '/b')).status).toBe(404)
})

test.each<[unknown, string]>([
  ['{\n,', 'not valid JSON: line 2, column 1: a name in double quotes is expected, not ","'],
  [{ request: 'GET /a' }, 'response: missing'],
  [{ request: 'GET /a', response: 99 }, 'response: must be a number from 200 to 599 (given: 99)'],
  [{ request: 'GET a', response: 200 }, 'the request must be a path that begins with /'],
  [
    {
      stubs: [
        { request: '/a', response: 200 },
        { request: '/b', response: 1 },
      ],
    },
    'stubs.1.response: must be a number',
  ],
])('POST refuses %j, and adds nothing', async (json, problem) => {
  const { status, body } = await call('POST', '/-/stubs', json)
  expect(status).toBe(400)
  expect(body).toContain(problem)
  expect((await call('GET', '/-/stubs')).body).toEqual([])
})

test('GET /-/stubs/requests lists what arrived', async () => {
  const { id } = (await call('POST', '/-/stubs', { request: 'POST /a/:id', response: 200 })).body[0]
  const headers = { 'content-type': 'application/json' }
  await fetch(new URL('/a/1?q=2', suite.http.url), { method: 'POST', headers, body: '{"n":1}' })
  await fetch(new URL('/a/2', suite.http.url), { method: 'POST', body: new Uint8Array([255, 0]) })
  await fetch(new URL('/a/3', suite.http.url), { method: 'POST', body: 'x'.repeat(70_000) })
  await fetch(new URL('/a/4', suite.http.url), { method: 'POST', body: new URLSearchParams({ a: 'b' }) })
  await call('GET', '/other')
  const { body } = await call('GET', '/-/stubs/requests')
  expect(body).toMatchObject([
    { method: 'POST', path: '/a/1', query: { q: '2' }, text: '{"n":1}', json: { n: 1 }, size: 7, stub: id },
    { path: '/a/2', base64: '/wA=' },
    { path: '/a/3', size: 70_000, truncated: true, text: 'x'.repeat(65_536) },
    { path: '/a/4', form: { a: 'b' } },
    { path: '/other', stub: null },
  ])
  expect(body[0].conversation).toContain('C: POST /a/1?q=2 HTTP/1.1\n')
  expect((await call('GET', '/-/stubs/requests?request=GET%20/*p')).body).toMatchObject([{ path: '/other' }])
  expect((await call('GET', '/-/stubs/requests?limit=1')).body).toMatchObject([{ path: '/other' }])
  expect((await call('GET', '/-/stubs/requests?limit=1001')).body).toContain(
    'must be a number from 1 to 1000, not 1001',
  )
  expect((await call('GET', '/-/stubs/requests?pattern=x')).body).toContain(
    'Unknown parameter "pattern". Use request, limit.',
  )
  expect((await call('GET', '/-/stubs/requests?request=x')).body).toContain('the request must be a path')
})

describe('the routes of the stubs', () => {
  test.each([
    ['evil.example', '', 403],
    ['127.0.0.1', 'Origin: https://evil.example\r\n', 403],
    ['127.0.0.1', 'Origin: http://localhost:3000\r\n', 200],
  ])('refuse foreign web sites: Host %s, %j gets %d', async (host, field, status) => {
    for (const line of ['GET /-/stubs', 'DELETE /-/stubs', 'GET /-/stubs/requests']) {
      const wire = await Wire.connect(suite.http.port)
      wire.send(`${line} HTTP/1.1\r\nHost: ${host}\r\n${field}Connection: close\r\n\r\n`)
      expect(await wire.line()).toContain(String(status))
    }
    const wire = await Wire.connect(suite.http.port)
    wire.send(`POST /-/stubs HTTP/1.1\r\nHost: ${host}\r\n${field}Content-Length: 2\r\nConnection: close\r\n\r\n{}`)
    expect(await wire.line()).toContain(status === 200 ? '400' : '403')
  })

  test('are refused on other addresses; the stubs of programs respond', async () => {
    const open = await suiteFor({ services: ['http'], host: '0.0.0.0' })
    open.http.stub('GET /x', 202)
    const base = `http://127.0.0.1:${open.http.port}`
    for (const [method, path] of [
      ['GET', ''],
      ['DELETE', ''],
      ['DELETE', '/1'],
      ['GET', '/requests'],
    ]) {
      expect((await fetch(`${base}/-/stubs${path}`, { method: String(method) })).status).toBe(403)
    }
    const response = await fetch(`${base}/-/stubs`, { method: 'POST', body: '{"request": "/x", "response": 200}' })
    expect(await response.text()).toContain('Stubs are available only if the server listens on loopback.')
    expect((await fetch(`${base}/x`)).status).toBe(202)
  })
})
