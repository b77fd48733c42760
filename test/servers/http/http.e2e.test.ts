import { mkdir, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Suite } from '../../../shared/launcher/index.ts'
import { suiteFor } from '../../helpers/suite.ts'
import { Wire } from '../../helpers/wire.ts'

type HttpSuite = Suite<'http'>

const start = (options: { drainTime?: number; requestTimeout?: number } = {}): Promise<HttpSuite> => {
  const { drainTime = 1000, requestTimeout = 60_000 } = options
  return suiteFor({ services: ['http'], drainTime, http: { requestTimeout } })
}

const inTree = ({ dataFolder }: HttpSuite, name: string) => path.join(dataFolder, 'www', name)

/** Sends a request and reads the response; sends `target` as it is. */
async function get(suite: HttpSuite, target: string, headers: Record<string, string> = {}, method = 'GET') {
  const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return exchange(suite, `${method} ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${fields.join('')}\r\n`)
}

/** Sends bytes, reads until the server closes, and parses the first response. */
async function exchange({ http }: HttpSuite, text: string) {
  const wire = await Wire.connect(http.port)
  wire.send(text)
  return parse(await wire.readToEnd())
}

function parse(response: string) {
  const end = response.indexOf('\r\n\r\n')
  const [statusLine = '', ...lines] = response.slice(0, end).split('\r\n')
  const headers = Object.fromEntries(
    lines.map(line =>
      line
        .toLowerCase()
        .split(/: (.*)/s)
        .slice(0, 2),
    ),
  )
  return { status: Number(statusLine.split(' ')[1]), headers, body: response.slice(end + 4), raw: response }
}

describe('files', () => {
  test('a folder responds with its index.html', async () => {
    const { status, headers, body } = await get(await start(), '/')
    expect({ status, type: headers['content-type'] }).toEqual({ status: 200, type: 'text/html; charset=utf-8' })
    expect(body).toContain('A small internet')
  })

  test('HEAD responds with the header fields of GET and no body', async () => {
    const suite = await start()
    const whole = await get(suite, '/files/hello.txt')
    const head = await get(suite, '/files/hello.txt', {}, 'HEAD')
    expect(head.body).toBe('')
    expect({ ...head.headers, date: '' }).toEqual({ ...whole.headers, date: '' })
  })

  test('a folder without the trailing slash redirects to the path with it, and keeps the query', async () => {
    const { status, headers } = await get(await start(), '/files?a=b')
    expect({ status, location: headers.location }).toEqual({ status: 301, location: '/files/?a=b' })
  })

  test('a redirect never leads to another host', async () => {
    const suite = await start()
    await mkdir(inTree(suite, 'evil.example'))
    expect((await get(suite, '//evil.example')).headers.location).toBe('/evil.example/')
  })

  test('a folder without index.html responds with a listing', async () => {
    const suite = await start()
    await mkdir(inTree(suite, 'files/sub'))
    const { headers, body } = await get(suite, '/files/')
    expect(headers['content-type']).toBe('text/html; charset=utf-8')
    expect(body).toMatch(/sub\/<\/a>.*hello\.txt<\/a>.*numbers\.txt<\/a>/s)
  })

  test('a listing is JSON if the client prefers it, in the order of the query', async () => {
    const { headers, body } = await get(await start(), '/files/?sort=-name', { Accept: 'application/json' })
    expect(headers).toMatchObject({ 'content-type': 'application/json; charset=utf-8', vary: 'accept' })
    expect(JSON.parse(body)).toMatchObject({
      path: '/files/',
      entries: [{ name: 'numbers.txt' }, { name: 'hello.txt', path: '/files/hello.txt', kind: 'file', size: 21 }],
      omitted: 0,
    })
  })

  test('a listing has an entity tag of its content: If-None-Match and If-Match hold', async () => {
    const suite = await start()
    const list = async (fields: Record<string, string>, method = 'GET') => {
      const { status, headers, body } = await get(suite, '/files/', fields, method)
      return { status, etag: headers.etag ?? '', length: body.length }
    }
    const { status, etag } = await list({})
    expect(status).toBe(200)
    expect(await list({ 'If-None-Match': etag })).toEqual({ status: 304, etag, length: 0 })
    expect((await list({ 'If-Match': etag })).status).toBe(200)
    expect((await list({ 'If-Match': '"other"' })).status).toBe(412)
    expect((await list({ 'If-None-Match': '"other"' })).status).toBe(200)
    expect(await list({}, 'HEAD')).toEqual({ status: 200, etag, length: 0 })
    expect((await list({ Accept: 'application/json' })).etag).not.toBe(etag)
    await writeFile(inTree(suite, 'files/new.txt'), 'new')
    expect((await list({ 'If-None-Match': etag })).status).toBe(200)
  })

  test.each([
    '/nope',
    '/files/hello.txt/',
    '/files/hello.txt/x',
    '/../../../../etc/passwd',
    '/%2e%2e/%2e%2e/etc/passwd',
  ])('%s is 404', async target => expect((await get(await start(), target)).status).toBe(404))

  test.each(['/%', '/%c3%28', '/a%00b', '/files%2fhello.txt'])('%s is 400', async target =>
    expect((await get(await start(), target)).status).toBe(400),
  )

  test('a link out of the tree is 404, and not in the listing', async () => {
    const suite = await start()
    const outside = path.join(suite.dataFolder, 'secret.txt')
    await writeFile(outside, 'secret')
    await symlink(outside, inTree(suite, 'files/link.txt'))
    expect((await get(suite, '/files/link.txt')).status).toBe(404)
    expect((await get(suite, '/files/')).body).not.toContain('link.txt')
  })

  test('a file whose name begins with a dot is 404, and not in the listing; /.well-known/ is served', async () => {
    const suite = await start()
    await mkdir(inTree(suite, '.well-known'))
    for (const name of ['.env', 'files/.env', '.well-known/token']) await writeFile(inTree(suite, name), 'here')
    await symlink(inTree(suite, '.env'), inTree(suite, 'files/link.txt'))
    const targets = ['/.env', '/%2Eenv', '/files/.env', '/files/link.txt', '/.well-known/token']
    const statuses = await Promise.all(targets.map(async target => (await get(suite, target)).status))
    expect(statuses).toEqual([404, 404, 404, 404, 200])
    const { body } = await get(suite, '/files/')
    expect(body).toContain('hello.txt')
    expect(body).not.toMatch(/\.env|link\.txt/)
  })

  test('many large files at once: each response has its own bytes', async () => {
    const suite = await start()
    const contents = Array.from({ length: 20 }, (_, index) => Buffer.alloc(1_500_000 + index, `${index},`))
    await Promise.all(contents.map((content, index) => writeFile(inTree(suite, `large-${index}.bin`), content)))
    const responses = await Promise.all(contents.map((_, index) => get(suite, `/large-${index}.bin`)))
    const equal = responses.map(({ body }, index) => Buffer.from(body, 'latin1').equals(contents[index] as Buffer))
    expect(equal).toEqual(contents.map(() => true))
  })

  test('paths are percent-encoded UTF-8', async () => {
    const suite = await start()
    await writeFile(inTree(suite, 'é b.txt'), 'here')
    expect((await get(suite, '/%C3%A9%20b.txt')).body).toBe('here')
  })

  test('accepts absolute-form, which proxies send', async () => {
    expect((await get(await start(), 'http://a/files/hello.txt')).body).toBe('Hello from Fourwire.\n')
  })

  test('sends a large file whole, and ranges of it', async () => {
    const suite = await start()
    const content = Buffer.alloc(3 * 1024 * 1024, 'abcdefg')
    await writeFile(inTree(suite, 'large.bin'), content)
    const { body, headers } = await get(suite, '/large.bin')
    expect(headers['content-length']).toBe(String(content.length))
    expect(Buffer.from(body, 'latin1').equals(content)).toBe(true)
    const part = await get(suite, '/large.bin', { Range: 'bytes=1000000-1000006,-3' })
    expect(part.status).toBe(206)
    expect(part.body).toContain(`\r\n\r\n${content.toString('latin1', 1_000_000, 1_000_007)}\r\n--`)
    expect(part.headers['content-length']).toBe(String(part.body.length))
  })

  test('aborts the connection if a large file becomes shorter while it is sent', async () => {
    const suite = await start()
    await writeFile(inTree(suite, 'large.bin'), Buffer.alloc(64 * 1024 * 1024))
    const wire = await Wire.connect(suite.http.port)
    wire.send('GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n')
    expect(await wire.line()).toBe('HTTP/1.1 200 OK')
    wire.socket.pause()
    await writeFile(inTree(suite, 'large.bin'), 'short')
    wire.socket.resume()
    expect((await wire.readToEnd()).length).toBeLessThan(64 * 1024 * 1024)
    expect((await get(suite, '/large.bin')).body).toBe('short')
  })
})

describe('preconditions and ranges', () => {
  test('responds with 304 if the client has the current version', async () => {
    const suite = await start()
    const { headers } = await get(suite, '/files/hello.txt')
    expect(headers.etag).toMatch(/^"[^"]+"$/)
    const again = await get(suite, '/files/hello.txt', { 'If-None-Match': `"x", W/${headers.etag}` })
    expect({ status: again.status, etag: again.headers.etag, body: again.body }).toEqual({
      status: 304,
      etag: headers.etag,
      body: '',
    })
    const lastModified = new Date(headers['last-modified'] ?? '').toUTCString()
    expect((await get(suite, '/files/hello.txt', { 'If-Modified-Since': lastModified })).status).toBe(304)
  })

  test('responds with 206, 416 outside the file, and the whole file if it has changed', async () => {
    const suite = await start()
    const part = await get(suite, '/files/hello.txt', { Range: 'bytes=6-9' })
    expect([part.status, part.headers['content-range'], part.body]).toEqual([206, 'bytes 6-9/21', 'from'])
    const outside = await get(suite, '/files/hello.txt', { Range: 'bytes=21-' })
    expect([outside.status, outside.headers['content-range']]).toEqual([416, 'bytes */21'])
    const changed = await get(suite, '/files/hello.txt', { Range: 'bytes=6-9', 'If-Range': '"old"' })
    expect([changed.status, changed.body]).toEqual([200, 'Hello from Fourwire.\n'])
  })
})

test('notices writes that are faster than the clock of the file system', async () => {
  const suite = await start()
  for (let round = 0; round < 50; round++) {
    const content = String(round).padStart(3, '0')
    await writeFile(inTree(suite, 'fast.txt'), content)
    expect((await get(suite, '/fast.txt')).body).toBe(content)
  }
})

describe('routes and methods', () => {
  test('GET /healthz responds with the status of the server', async () => {
    const { status, headers, body } = await get(await start(), '/healthz')
    expect([status, headers['content-type'], JSON.parse(body)]).toEqual([
      200,
      'application/json; charset=utf-8',
      { status: 'ok' },
    ])
  })

  test.each([
    ['POST', '/', 405],
    ['PUT', '/healthz', 405],
    ['DELETE', '/healthz', 405],
    ['PROPFIND', '/', 501],
    ['BREW', '/', 501],
  ])('%s %s is %i', async (method, target, expected) => {
    const { status, headers } = await get(await start(), target, {}, method)
    const allowed = target === '/healthz' ? 'get, head, options' : 'get, head, put, delete, options'
    expect([status, headers.allow]).toEqual([expected, expected === 405 ? allowed : undefined])
  })

  test.each([
    ['/', 'get, head, put, delete, options'],
    ['/healthz', 'get, head, options'],
    ['*', 'get, head, put, delete, options'],
  ])('OPTIONS %s responds with the allowed methods', async (target, allowed) => {
    const { status, headers, body } = await get(await start(), target, {}, 'OPTIONS')
    expect([status, headers.allow, body]).toEqual([204, allowed, ''])
  })

  test('GET * is 400', async () => expect((await get(await start(), '*')).status).toBe(400))

  test('CONNECT is 405', async () => {
    expect(await exchange(await start(), 'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n')).toMatchObject({ status: 405 })
  })

  test('ignores an Upgrade field', async () => {
    const headers = { Upgrade: 'websocket' }
    expect((await get(await start(), '/healthz', headers)).status).toBe(200)
  })
})

describe('invalid requests', () => {
  test.each<[string, string, number]>([
    ['no Host', 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
    ['two Hosts', 'GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\nConnection: close\r\n\r\n', 400],
    ['bytes that are not HTTP', '\x16\x03\x01\x02\x00\x01', 400],
    ['a space in the target', 'GET /a b HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['a space before a colon', 'GET / HTTP/1.1\r\nHost : a\r\n\r\n', 400],
    ['a field on two lines', 'GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n', 400],
    [
      'Content-Length and Transfer-Encoding',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
      400,
    ],
    ['two Content-Lengths', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', 400],
    [
      'chunked before another transfer coding',
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, x\r\n\r\n',
      400,
    ],
    ['HTTP/2.0', 'GET / HTTP/2.0\r\nHost: a\r\nConnection: close\r\n\r\n', 505],
    ['an unknown expectation', 'GET / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\nConnection: close\r\n\r\n', 417],
    ['a target over 8 KiB', `GET /${'a'.repeat(8192)} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`, 414],
    ['a target over 16 KiB', `GET /${'a'.repeat(40_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, 414],
    ['fields over 16 KiB', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'a'.repeat(16_384)}\r\n\r\n`, 431],
  ])('%s: an error response, and the connection is closed', async (_title, request, status) => {
    const response = await exchange(await start(), request)
    expect(response.status).toBe(status)
    expect(response.headers).toMatchObject({ 'content-type': 'text/plain; charset=utf-8', connection: 'close' })
    expect(response.body).toMatch(new RegExp(`^${status} [A-Z].*\\n.+\\n$`))
    expect(response.headers['content-length']).toBe(String(response.body.length))
  })

  test('a request that does not arrive in time is 408', async () => {
    expect(await exchange(await start({ requestTimeout: 200 }), 'GET / HTTP/1.1\r\nHo')).toMatchObject({ status: 408 })
  })

  test('an HTTP/1.0 request needs no Host, and the connection is closed after it', async () => {
    const { status, headers } = await exchange(await start(), 'GET /healthz HTTP/1.0\r\n\r\n')
    expect([status, headers.connection]).toEqual([200, 'close'])
  })

  test('responds to valid requests first, in order, before the error response to an invalid one', async () => {
    const suite = await start()
    const valid = (target: string) => `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`
    const { raw } = await exchange(suite, `${valid('/files/')}${valid('/healthz')}GET / HTTP/9.9\r\n\r\n`)
    const lines = [...raw.matchAll(/^HTTP\/1\.1 .*$/gm)].map(([line]) => line.trim())
    expect(lines).toEqual(['HTTP/1.1 200 OK', 'HTTP/1.1 200 OK', 'HTTP/1.1 505 HTTP Version Not Supported'])
    expect(raw.indexOf('numbers.txt')).toBeLessThan(raw.indexOf('"status": "ok"'))
  })
})

describe('connections', () => {
  test('stay open for the next request', async () => {
    const { http } = await start()
    const wire = await Wire.connect(http.port)
    for (let round = 0; round < 2; round++) {
      await wire.play(`
        C: HEAD /files/hello.txt HTTP/1.1
        C: Host: a
        C:${' '}
        S: HTTP/1.1 200 OK
        S: Content-Type: text/plain; charset=utf-8
        S: Content-Length: 21
        S: X-Content-Type-Options: nosniff
        S: ETag: "*"
        S: Last-Modified: * GMT
        S: Cache-Control: no-cache
        S: Accept-Ranges: bytes
        S: Date: * GMT
        S: Connection: keep-alive
        S: Keep-Alive: timeout=5
        S:${' '}
      `)
    }
  })

  test('keep the order of pipelined requests', async () => {
    const suite = await start()
    const targets = ['/files/', '/files/hello.txt', '/mail', '/nope', '/healthz', '/files/hello.txt']
    const requests = targets.map((target, index) => {
      const last = index === targets.length - 1 ? 'Connection: close\r\n' : ''
      return `GET ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\n${last}\r\n`
    })
    const { raw } = await exchange(suite, requests.join(''))
    expect([...raw.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(match => match[1])).toEqual([
      '200',
      '200',
      '200',
      '404',
      '200',
      '200',
    ])
    const order = ['<title>/files/', 'Hello from', '[]', 'nothing at', '"status"'].map(text => raw.indexOf(text))
    expect(order).toEqual(order.toSorted((a, b) => a - b))
  })

  test('stay open after a short request body that no handler reads', async () => {
    const suite = await start()
    const post = `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello`
    const { raw } = await exchange(suite, `${post}GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)
    expect([...raw.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(match => match[1])).toEqual(['405', '200'])
  })

  test.each([
    ['of a known length', 'Content-Length: 900000\r\n\r\n', 'x'.repeat(900_000)],
    ['in chunks', 'Transfer-Encoding: chunked\r\n\r\n', `${'FFFF\r\n'}${'x'.repeat(0xffff)}\r\n`.repeat(10)],
  ])('close only after the whole response, if a long request body %s is unread', async (_title, fields, body) => {
    const suite = await start()
    const response = await exchange(
      suite,
      `POST / HTTP/1.1\r\nHost: a\r\n${fields}${body}${fields.startsWith('T') ? '0\r\n\r\n' : ''}`,
    )
    expect(response).toMatchObject({ status: 405, headers: { connection: 'close' } })
    expect(response.body).toContain('POST is not possible here')
  })

  test('close within a request body that never ends', async () => {
    const { http } = await start()
    const wire = await Wire.connect(http.port)
    wire.send('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n')
    const write = () => {
      while (!wire.socket.destroyed && wire.socket.write(`FFFF\r\n${'x'.repeat(0xffff)}\r\n`)) {}
    }
    wire.socket.on('drain', write)
    write()
    expect(await wire.readToEnd()).toContain('405 Method Not Allowed')
  })

  test('respond at once, without 100 Continue, if no handler reads the body', async () => {
    const suite = await start()
    const response = await exchange(
      suite,
      'PUT /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999\r\nExpect: 100-continue\r\n\r\n',
    )
    expect(response).toMatchObject({ status: 405, headers: { connection: 'close' } })
  })

  test('answer every pipelined request of a client that reads its responses only later', async () => {
    const suite = await start()
    // A thousand of these are more than the buffers of the system hold.
    await writeFile(inTree(suite, 'page.txt'), Buffer.alloc(20_000, 'x'))
    const wire = await Wire.connect(suite.http.port)
    wire.socket.pause()
    wire.send('GET /page.txt HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(1000))
    expect((await get(suite, '/healthz')).status).toBe(200)
    wire.send('GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    wire.socket.resume()
    expect((await wire.readToEnd()).match(/HTTP\/1\.1 200 OK\r$/gm)).toHaveLength(1001)
  })
})

describe('close()', () => {
  test('closes idle connections at once, also those without a request', async () => {
    const suite = await start({ drainTime: 60_000 })
    const silent = await Wire.connect(suite.http.port)
    const idle = await Wire.connect(suite.http.port)
    idle.send('HEAD / HTTP/1.1\r\nHost: a\r\n\r\n')
    while ((await idle.line()) !== '') {}
    await suite.close()
    expect([await silent.readToEnd(), await idle.readToEnd()]).toEqual(['', ''])
  })

  test('waits until a response is sent', async () => {
    const suite = await start({ drainTime: 60_000 })
    const size = 32 * 1024 * 1024
    await writeFile(inTree(suite, 'large.bin'), Buffer.alloc(size))
    const wire = await Wire.connect(suite.http.port)
    wire.send('GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n')
    expect(await wire.line()).toBe('HTTP/1.1 200 OK')
    const closed = suite.close()
    expect(parse(`\r\n${await wire.readToEnd()}`).body.length).toBe(size)
    await closed
  })

  test('aborts a response that takes longer than the drain time', async () => {
    const suite = await start({ drainTime: 50 })
    const size = 32 * 1024 * 1024
    await writeFile(inTree(suite, 'large.bin'), Buffer.alloc(size))
    const wire = await Wire.connect(suite.http.port)
    wire.send('GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n')
    await wire.line()
    wire.socket.pause()
    await suite.close()
    wire.socket.resume()
    expect((await wire.readToEnd()).length).toBeLessThan(size)
  })
})
