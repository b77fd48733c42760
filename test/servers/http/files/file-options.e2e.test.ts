/** The options of files: lifetime in caches, pages of other origins, the fallback of a single-page application. */
import { mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Suite, startSuite } from '../../../../shared/launcher/index.ts'
import { suiteFor } from '../../../helpers/suite.ts'

const ORIGIN = 'http://localhost:3000'
const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'

let suite: Suite<'http'>

beforeAll(async () => {
  suite = await startSuite({
    services: ['http'],
    http: { cors: [ORIGIN], spa: true, cache: ['*.html=no-store', 'assets/**=1y immutable'] },
  })
  await mkdir(inTree('assets'))
  for (const name of ['assets/app.js', 'assets/page.html', 'large.bin']) {
    await writeFile(inTree(name), Buffer.alloc(name === 'large.bin' ? 2_000_000 : 2000, 'x'))
  }
})
afterAll(() => suite.close())

const inTree = (name: string) => path.join(suite.dataFolder, 'www', name)

async function send(target: string, headers: Record<string, string> = {}, method = 'GET') {
  const response = await fetch(new URL(target, suite.http.url), { method, headers, redirect: 'manual' })
  return { status: response.status, fields: Object.fromEntries(response.headers), text: await response.text() }
}

test.each([
  ['/assets/app.js', 'public, max-age=31536000, immutable'],
  ['/assets/page.html', 'no-store'],
  ['/', 'no-store'],
  ['/files/hello.txt', 'no-cache'],
])('Cache-Control of %s is %s', async (target, value) => {
  const { fields } = await send(target)
  expect(fields['cache-control']).toBe(value)
  const again = await send(target, { 'If-None-Match': String(fields.etag) })
  expect([again.status, again.fields['cache-control']]).toEqual([304, value])
})

describe('a page of the origin', () => {
  test.each<[string, string, Record<string, string>, string, number]>([
    ['a file', '/files/hello.txt', {}, 'GET', 200],
    ['the head of a file', '/files/hello.txt', {}, 'HEAD', 200],
    ['a large file', '/large.bin', {}, 'GET', 200],
    ['a range', '/files/hello.txt', { Range: 'bytes=0-1' }, 'GET', 206],
    ['a range outside the file', '/files/hello.txt', { Range: 'bytes=99-' }, 'GET', 416],
    ['a precondition that fails', '/files/hello.txt', { 'If-Match': '"x"' }, 'GET', 412],
    ['a listing', '/files/', {}, 'GET', 200],
    ['a redirect', '/files', {}, 'GET', 301],
    ['nothing', '/nope', {}, 'GET', 404],
  ])('may read %s', async (_title, target, headers, method, status) => {
    const response = await send(target, { ...headers, Origin: ORIGIN }, method)
    expect(response.status).toBe(status)
    expect(response.fields).toMatchObject({
      'access-control-allow-origin': ORIGIN,
      'access-control-expose-headers': '*',
    })
  })

  test('gets a preflight response', async () => {
    const preflight = { Origin: ORIGIN, 'Access-Control-Request-Method': 'GET', 'Access-Control-Request-Headers': 'x' }
    const { status, fields } = await send('/files/hello.txt', preflight, 'OPTIONS')
    expect(status).toBe(204)
    expect(fields).toMatchObject({
      allow: 'GET, HEAD, PUT, DELETE, OPTIONS',
      'access-control-allow-origin': ORIGIN,
      'access-control-allow-methods': 'GET, HEAD',
      'access-control-allow-headers': '*',
      'access-control-max-age': '600',
    })
  })

  test('may neither change files nor read mail', async () => {
    const Authorization = `Basic ${Buffer.from('alice:wonderland').toString('base64')}`
    expect((await send('/files/x.txt', { Origin: ORIGIN, Authorization }, 'DELETE')).status).toBe(403)
    expect((await send('/mail', { Origin: ORIGIN })).fields).not.toHaveProperty('access-control-allow-origin')
    expect((await send('/mail', {}, 'OPTIONS')).fields).not.toHaveProperty('access-control-allow-origin')
  })
})

describe('the fallback', () => {
  test.each(['/orders', '/orders/17', '/orders/', '/files/hello.txt/edit'])(
    '%s is index.html for a browser',
    async target => {
      const { status, fields, text } = await send(target, { Accept: BROWSER })
      expect([status, fields['content-type'], fields.vary]).toEqual([200, 'text/html; charset=utf-8', 'Accept'])
      expect(text).toContain('A small internet')
      expect((await send(target, { Accept: BROWSER, 'If-None-Match': String(fields.etag) })).status).toBe(304)
    },
  )

  test.each([
    ['a script', '/orders', '*/*'],
    ['JSON', '/orders', 'application/json'],
    ['a missing file', '/assets/missing.js', BROWSER],
    ['a hidden path', '/.git/config', BROWSER],
  ])('%s is 404', async (_title, target, accept) => {
    const { status, fields } = await send(target, { Accept: accept })
    expect([status, fields.vary]).toEqual([404, 'Accept'])
  })

  test('files, folders and routes take precedence', async () => {
    expect((await send('/files/hello.txt', { Accept: BROWSER })).text).toBe('Hello from Fourwire.\n')
    expect((await send('/files/', { Accept: BROWSER })).text).toContain('<title>/files/</title>')
    expect((await send('/healthz', { Accept: BROWSER })).text).toContain('"ok"')
  })

  test('without index.html, it is 404', async () => {
    const own = await startSuite({ services: ['http'], http: { spa: true } })
    try {
      await rm(path.join(own.dataFolder, 'www/index.html'))
      const { status } = await fetch(new URL('/orders', own.http.url), { headers: { Accept: BROWSER } })
      expect(status).toBe(404)
    } finally {
      await own.close()
    }
  })
})

test('each of several origins may read files, from the disk and from memory, and no other may', async () => {
  const origins = ['http://a.test', 'http://b.test']
  const { http } = await suiteFor({ services: ['http'], http: { cors: origins } })
  const target = new URL('/files/hello.txt', http.url)
  const allowed = async (method: string, origin: string) => {
    const { headers } = await fetch(target, { method, headers: { Origin: origin } })
    expect(headers.get('vary')).toContain('Origin')
    return headers.get('access-control-allow-origin')
  }
  for (const method of ['GET', 'GET', 'HEAD', 'OPTIONS']) {
    for (const origin of origins) expect(await allowed(method, origin)).toBe(origin)
    expect(await allowed(method, 'http://c.test')).toBe(null)
  }
})

test.each([
  [{ cors: ['localhost:3000'] }, 'must be an origin such as http://localhost:3000, or *'],
  [{ cors: ['*', 'http://localhost:3000/'] }, 'must be an origin such as http://localhost:3000, or *'],
  [{ cors: ['http://a\r\nX: y'] }, 'must be an origin such as http://localhost:3000, or *'],
  [{ cache: ['assets/*'] }, 'must be PATTERN=LIFETIME, as in assets/**=1y immutable or *.html=no-cache'],
])('refuses %j', async (http, message) => {
  await expect(startSuite({ services: ['http'], http })).rejects.toThrow(message)
})
