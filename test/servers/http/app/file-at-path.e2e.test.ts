/** PUT and DELETE at the path of a file. */
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Suite, startSuite } from '../../../../shared/launcher/index.ts'
import { LOWEST_COST } from '../../../helpers/password-cost.ts'
import { signedInClient } from './client.ts'

const MAX_UPLOAD = 1_000_000

let suite: Suite<'http' | 'ftp'>

beforeAll(async () => {
  suite = await startSuite({ services: ['http', 'ftp'], passwordCost: LOWEST_COST, http: { maxUpload: MAX_UPLOAD } })
  await suite.accounts.add({ name: 'writer', password: 'secret', read: ['/'], write: ['/files'] })
  await suite.accounts.add({ name: 'reader', password: 'secret', read: ['/'], write: [] })
})
afterAll(() => suite.close())

const inTree = (name: string) => path.join(suite.dataFolder, 'www', name)
const contentOf = (name: string) => readFile(inTree(name), 'utf8')
const basic = (name: string, password = 'secret') => `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`
const AS_WRITER = { Authorization: basic('writer') }

function send(method: string, target: string, headers: Record<string, string> = AS_WRITER, body?: string) {
  return fetch(new URL(target, suite.http.url), { method, headers, ...(body !== undefined && { body }) })
}

const put = (target: string, body: string, headers: Record<string, string> = {}) =>
  send('PUT', target, { ...AS_WRITER, ...headers }, body)

describe('PUT', () => {
  test('stores a new file (201), then replaces it (204), with the entity tag that GET has', async () => {
    const created = await put('/files/a%20b.txt', 'one')
    expect([created.status, created.headers.get('location')]).toEqual([201, '/files/a%20b.txt'])
    const replaced = await put('/files/a%20b.txt', 'two')
    expect([replaced.status, await replaced.text()]).toEqual([204, ''])
    const got = await send('GET', '/files/a%20b.txt', {})
    expect(await got.text()).toBe('two')
    expect(got.headers.get('etag')).toBe(replaced.headers.get('etag'))
    expect(created.headers.get('etag')).not.toBe(replaced.headers.get('etag'))
  })

  test('GET has the new content at once, also if the old one is in memory', async () => {
    const get = async () => (await send('GET', '/files/numbers.txt', {})).text()
    await get()
    for (let round = 0; round < 20; round++) {
      await put('/files/numbers.txt', `round ${round}`)
      expect(await get()).toBe(`round ${round}`)
    }
  })

  test('stores a body in chunks, and an empty one', async () => {
    const chunks = new ReadableStream({
      start(controller) {
        for (const chunk of ['a', 'b', 'c']) controller.enqueue(new TextEncoder().encode(chunk))
        controller.close()
      },
    })
    const init = { method: 'PUT', headers: AS_WRITER, body: chunks, duplex: 'half' as const }
    expect((await fetch(new URL('/files/chunks.txt', suite.http.url), init)).status).toBe(201)
    expect(await contentOf('files/chunks.txt')).toBe('abc')
    expect((await put('/files/chunks.txt', '')).status).toBe(204)
    expect(await contentOf('files/chunks.txt')).toBe('')
  })

  test('replaces a link, not the file to which it leads', async () => {
    await writeFile(inTree('files/linked.txt'), 'linked')
    await symlink(inTree('files/linked.txt'), inTree('files/link.txt'))
    expect((await put('/files/link.txt', 'new')).status).toBe(204)
    expect([await contentOf('files/linked.txt'), await contentOf('files/link.txt')]).toEqual(['linked', 'new'])
  })

  test.each<[string, string, Record<string, string>, string, number, RegExp]>([
    ['a part of a file', '/files/x.txt', { 'Content-Range': 'bytes 0-0/9' }, 'x', 400, /Content-Range/],
    ['coded content', '/files/x.txt', { 'Content-Encoding': 'gzip' }, 'x', 415, /without Content-Encoding/],
    ['a missing folder', '/files/nope/x.txt', {}, 'x', 409, /folder does not exist/],
    ['a folder', '/files', {}, 'x', 409, /Not a plain file/],
    ['a folder below', '/files/folder', {}, 'x', 409, /Not a plain file/],
    ['a path with a slash at its end', '/files/x.txt/', {}, 'x', 409, /path is that of a folder/],
    ['a path below a file', '/files/hello.txt/x', {}, 'x', 409, /part of the path is a file/i],
    ['a name with a dot', '/files/.env', {}, 'x', 403, /begins with a dot/],
    ['a body that is too long', '/files/x.txt', {}, 'x'.repeat(MAX_UPLOAD + 1), 413, /longer than/],
    ['a folder of others', '/index.html', {}, 'x', 403, /may not write/],
  ])('refuses %s, and changes nothing', async (_title, target, headers, body, status, detail) => {
    await mkdir(inTree('files/folder'), { recursive: true })
    const before = await readdir(inTree('files'))
    const response = await put(target, body, headers)
    expect([response.status, response.headers.get('content-type')]).toEqual([status, 'text/plain; charset=utf-8'])
    expect(await response.text()).toMatch(detail)
    expect(await readdir(inTree('files'))).toEqual(before)
  })
})

describe('DELETE', () => {
  test('removes a file (204), and then there is none (404)', async () => {
    await writeFile(inTree('files/old.txt'), 'old')
    expect((await send('GET', '/files/old.txt', {})).status).toBe(200)
    expect((await send('DELETE', '/files/old.txt')).status).toBe(204)
    expect((await send('GET', '/files/old.txt', {})).status).toBe(404)
    expect((await send('DELETE', '/files/old.txt')).status).toBe(404)
  })

  test('a folder is 409', async () => {
    await mkdir(inTree('files/folder'), { recursive: true })
    expect((await send('DELETE', '/files/folder')).status).toBe(409)
    expect((await send('DELETE', '/files/folder/')).status).toBe(409)
  })
})

describe('access', () => {
  test.each(['PUT', 'DELETE'])('%s without credentials is 401 with a challenge', async method => {
    const response = await send(method, '/files/hello.txt', {})
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([
      401,
      'Basic realm="fourwire files", charset="UTF-8"',
    ])
  })

  test.each([
    ['a wrong password', basic('writer', 'wrong'), 401],
    ['an unknown account', basic('mallory'), 401],
    ['another scheme', 'Bearer x', 401],
    ['an account that may not write', basic('reader'), 403],
  ])('%s', async (_title, Authorization, status) => {
    const response = await send('DELETE', '/files/hello.txt', { Authorization })
    expect(response.status).toBe(status)
    expect(response.headers.has('www-authenticate')).toBe(status === 401)
    expect(await contentOf('files/hello.txt')).toBe('Hello from Fourwire.\n')
  })

  test('the session of the application is enough, but not for a page of another site', async () => {
    const client = await signedInClient(suite.http.url)
    const init = (headers: Record<string, string> = {}) => ({ body: 'from a session', headers })
    expect((await client.send('PUT', '/files/session.txt', init())).status).toBe(201)
    for (const headers of [{ Origin: 'http://evil.example' }, { 'Sec-Fetch-Site': 'cross-site' }]) {
      expect((await client.send('PUT', '/files/session.txt', init(headers))).status).toBe(403)
      expect((await put('/files/session.txt', 'x', headers)).status).toBe(403)
    }
    expect(await contentOf('files/session.txt')).toBe('from a session')
    await client.send('POST', '/api/sign-out')
    expect((await client.send('PUT', '/files/session.txt', init())).status).toBe(401)
  })

  test('guessing is bounded together with sign-ins to the application', async () => {
    const own = await startSuite({ services: ['http'], passwordCost: LOWEST_COST })
    try {
      const guess = () =>
        fetch(new URL('/x', own.http.url), {
          method: 'PUT',
          headers: { Authorization: basic('alice', 'guess') },
          body: 'x',
        })
      const statuses = []
      for (let count = 0; count < 11; count++) statuses.push((await guess()).status)
      expect(statuses).toEqual([...Array(10).fill(401), 429])
      const body = new URLSearchParams({ user: 'alice', password: 'wonderland' })
      expect((await fetch(new URL('/api/sign-in', own.http.url), { method: 'POST', body })).status).toBe(429)
    } finally {
      await own.close()
    }
  })

  test('OPTIONS lists the methods of a file', async () => {
    const { status, headers } = await send('OPTIONS', '/files/hello.txt', {})
    expect([status, headers.get('allow')]).toEqual([204, 'GET, HEAD, PUT, DELETE, OPTIONS'])
  })
})

describe.each(['', '/api/files'])('conditions at %s/PATH', prefix => {
  const name = prefix === '' ? 'plain.txt' : 'api.txt'
  const target = `${prefix}/files/${name}`

  /** Signs in as alice, whose session both kinds of paths accept. */
  async function client() {
    const signedIn = await signedInClient(suite.http.url)
    return (method: string, headers: Record<string, string>, at = target) =>
      signedIn.send(method, at, { headers, ...(method === 'PUT' && { body: 'new' }) })
  }

  const tagOf = async (headers: Record<string, string> = {}) =>
    String((await send('HEAD', `/files/${name}`, headers)).headers.get('etag'))

  test.each<[string, string, string, number]>([
    ['PUT', 'If-Match', 'TAG', 204],
    ['PUT', 'If-Match', '"x", TAG', 204],
    ['PUT', 'If-Match', 'GZIP', 204],
    ['PUT', 'If-Match', '*', 204],
    ['PUT', 'If-Match', '"x"', 412],
    ['PUT', 'If-Match', 'W/TAG', 412],
    ['PUT', 'If-None-Match', '*', 412],
    ['PUT', 'If-None-Match', 'TAG', 412],
    ['PUT', 'If-None-Match', 'W/TAG', 412],
    ['PUT', 'If-None-Match', '"x"', 204],
    ['PUT', 'If-Unmodified-Since', 'Fri, 01 Jan 2100 00:00:00 GMT', 204],
    ['PUT', 'If-Unmodified-Since', 'Sat, 01 Jan 2000 00:00:00 GMT', 412],
    ['DELETE', 'If-Match', '"x"', 412],
    ['DELETE', 'If-None-Match', '*', 412],
    ['DELETE', 'If-Unmodified-Since', 'Sat, 01 Jan 2000 00:00:00 GMT', 412],
    ['DELETE', 'If-Match', 'TAG', 204],
  ])('%s with %s: %s is %i', async (method, field, value, status) => {
    await writeFile(inTree(`files/${name}`), 'old '.repeat(1000))
    const gzip = await tagOf({ 'accept-encoding': 'gzip' })
    const tag = await tagOf({ 'accept-encoding': 'identity' })
    expect(gzip).not.toBe(tag)
    const response = await (await client())(method, { [field]: value.replace('GZIP', gzip).replace('TAG', tag) })
    expect(response.status).toBe(status)
    if (status === 412) {
      expect(response.text).toContain('does not meet the conditions')
      expect(response.headers.get('etag')).toBe(tag)
      expect(await contentOf(`files/${name}`)).toContain('old')
    }
  })

  test('on a missing file: If-Match fails, If-None-Match: * creates it', async () => {
    const sendTo = await client()
    const at = target.replace('.txt', '-new.txt')
    expect((await sendTo('PUT', { 'If-Match': '*' }, at)).status).toBe(412)
    expect((await sendTo('DELETE', { 'If-Match': '*' }, at)).status).toBe(404)
    expect((await sendTo('PUT', { 'If-None-Match': '*' }, at)).status).toBe(201)
    expect((await sendTo('PUT', { 'If-None-Match': '*' }, at)).status).toBe(412)
  })

  test('of many clients that change one version at once, one succeeds', async () => {
    const sendTo = await client()
    await writeFile(inTree(`files/${name}`), 'old')
    const tag = await tagOf()
    const responses = await Promise.all(Array.from({ length: 20 }, () => sendTo('PUT', { 'If-Match': tag })))
    const statuses = responses.map(({ status }) => status).sort()
    expect(statuses).toEqual([204, ...Array(19).fill(412)])
    const at = target.replace('.txt', '-race.txt')
    const created = await Promise.all(Array.from({ length: 20 }, () => sendTo('PUT', { 'If-None-Match': '*' }, at)))
    expect(created.map(({ status }) => status).sort()).toEqual([201, ...Array(19).fill(412)])
  })
})
