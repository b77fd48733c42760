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

/** A request, read to its end; `path` goes out as it is. */
async function get(suite: HttpSuite, target: string, headers: Record<string, string> = {}, method = 'GET') {
  const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return ask(suite, `${method} ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${fields.join('')}\r\n`)
}

/** Sends bytes, hears all that comes back, and parts the first response. */
async function ask({ http }: HttpSuite, text: string) {
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
  test('index.html is what a folder with one has to show', async () => {
    const { status, headers, body } = await get(await start(), '/')
    expect({ status, type: headers['content-type'] }).toEqual({ status: 200, type: 'text/html; charset=utf-8' })
    expect(body).toContain('A small internet')
  })

  test('HEAD has the fields of GET and nothing after them', async () => {
    const suite = await start()
    const whole = await get(suite, '/files/hello.txt')
    const head = await get(suite, '/files/hello.txt', {}, 'HEAD')
    expect(head.body).toBe('')
    expect({ ...head.headers, date: '' }).toEqual({ ...whole.headers, date: '' })
  })

  test('a folder without a slash leads to the one with it, and keeps the query', async () => {
    const { status, headers } = await get(await start(), '/files?a=b')
    expect({ status, location: headers.location }).toEqual({ status: 301, location: '/files/?a=b' })
  })

  test('a redirect does not lead to another host', async () => {
    const suite = await start()
    await mkdir(inTree(suite, 'evil.example'))
    expect((await get(suite, '//evil.example')).headers.location).toBe('/evil.example/')
  })

  test('a folder without index.html is listed', async () => {
    const suite = await start()
    await mkdir(inTree(suite, 'files/sub'))
    const { headers, body } = await get(suite, '/files/')
    expect(headers['content-type']).toBe('text/html; charset=utf-8')
    expect(body).toMatch(/sub\/<\/a>.*hello\.txt<\/a>.*numbers\.txt<\/a>/s)
  })

  test.each([
    '/nope',
    '/files/hello.txt/',
    '/files/hello.txt/x',
    '/../../../../etc/passwd',
    '/%2e%2e/%2e%2e/etc/passwd',
  ])('there is nothing at %s', async target => expect((await get(await start(), target)).status).toBe(404))

  test.each(['/%', '/%c3%28', '/a%00b', '/files%2fhello.txt'])('%s is a bad request', async target =>
    expect((await get(await start(), target)).status).toBe(400),
  )

  test('a link that leads out of the tree leads nowhere, and is not listed', async () => {
    const suite = await start()
    const outside = path.join(suite.dataFolder, 'secret.txt')
    await writeFile(outside, 'secret')
    await symlink(outside, inTree(suite, 'files/link.txt'))
    expect((await get(suite, '/files/link.txt')).status).toBe(404)
    expect((await get(suite, '/files/')).body).not.toContain('link.txt')
  })

  test('names are UTF-8, and spaces are what they are', async () => {
    const suite = await start()
    await writeFile(inTree(suite, 'é b.txt'), 'here')
    expect((await get(suite, '/%C3%A9%20b.txt')).body).toBe('here')
  })

  test('absolute-form is accepted, as proxies send it', async () => {
    expect((await get(await start(), 'http://a/files/hello.txt')).body).toBe('Hello from Fourwire.\n')
  })

  test('a large file comes whole', async () => {
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

  test('a large file that becomes shorter while it is sent breaks the connection off', async () => {
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

describe('conditions and ranges', () => {
  test('a file that is known is not sent again', async () => {
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

  test('a part, a part that is not there, and a part of what has changed', async () => {
    const suite = await start()
    const part = await get(suite, '/files/hello.txt', { Range: 'bytes=6-9' })
    expect([part.status, part.headers['content-range'], part.body]).toEqual([206, 'bytes 6-9/21', 'from'])
    const none = await get(suite, '/files/hello.txt', { Range: 'bytes=21-' })
    expect([none.status, none.headers['content-range']]).toEqual([416, 'bytes */21'])
    const changed = await get(suite, '/files/hello.txt', { Range: 'bytes=6-9', 'If-Range': '"old"' })
    expect([changed.status, changed.body]).toEqual([200, 'Hello from Fourwire.\n'])
  })
})

test('writes faster than the clock of the file system are told apart', async () => {
  const suite = await start()
  for (let round = 0; round < 50; round++) {
    const content = String(round).padStart(3, '0')
    await writeFile(inTree(suite, 'fast.txt'), content)
    expect((await get(suite, '/fast.txt')).body).toBe(content)
  }
})

describe('routes and methods', () => {
  test('the server says that it is well', async () => {
    const { status, headers, body } = await get(await start(), '/healthz')
    expect([status, headers['content-type'], JSON.parse(body)]).toEqual([
      200,
      'application/json; charset=utf-8',
      { status: 'ok' },
    ])
  })

  test.each([
    ['POST', '/', 405],
    ['PUT', '/x', 405],
    ['DELETE', '/mail', 405],
    ['PROPFIND', '/', 501],
    ['BREW', '/', 501],
  ])('%s %s', async (method, target, expected) => {
    const { status, headers } = await get(await start(), target, {}, method)
    expect([status, headers.allow]).toEqual([expected, expected === 405 ? 'get, head, options' : undefined])
  })

  test.each(['/', '/mail', '*'])('OPTIONS %s says what is allowed', async target => {
    const { status, headers, body } = await get(await start(), target, {}, 'OPTIONS')
    expect([status, headers.allow, body]).toEqual([204, 'get, head, options', ''])
  })

  test('GET * makes no sense', async () => expect((await get(await start(), '*')).status).toBe(400))

  test('CONNECT is refused', async () => {
    expect(await ask(await start(), 'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n')).toMatchObject({ status: 405 })
  })

  test('an upgrade nobody offers is passed over', async () => {
    const headers = { Upgrade: 'websocket' }
    expect((await get(await start(), '/healthz', headers)).status).toBe(200)
  })
})

describe('requests that are not sound get a short page, and the connection is closed where it must be', () => {
  test.each<[string, string, number]>([
    ['no Host', 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
    ['two Hosts', 'GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\nConnection: close\r\n\r\n', 400],
    ['no HTTP', '\x16\x03\x01\x02\x00\x01', 400],
    ['a space in the target', 'GET /a b HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['a space before a colon', 'GET / HTTP/1.1\r\nHost : a\r\n\r\n', 400],
    ['a folded field', 'GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n', 400],
    ['both lengths', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n', 400],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', 400],
    ['a chunked that is not last', 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, x\r\n\r\n', 400],
    ['HTTP/2.0', 'GET / HTTP/2.0\r\nHost: a\r\nConnection: close\r\n\r\n', 505],
    ['HTTP/1.2', 'GET / HTTP/1.2\r\nHost: a\r\n\r\n', 505],
    ['an expectation', 'GET / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\nConnection: close\r\n\r\n', 417],
    ['a target over 8 KiB', `GET /${'a'.repeat(8192)} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`, 414],
    ['a target over the whole bound', `GET /${'a'.repeat(40_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, 414],
    ['fields over 16 KiB', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'a'.repeat(16_384)}\r\n\r\n`, 431],
  ])('%s', async (_title, request, status) => {
    const answer = await ask(await start(), request)
    expect(answer.status).toBe(status)
    expect(answer.headers).toMatchObject({ 'content-type': 'text/plain; charset=utf-8', connection: 'close' })
    expect(answer.body).toMatch(new RegExp(`^${status} [A-Z].*\\n.+\\n$`))
    expect(answer.headers['content-length']).toBe(String(answer.body.length))
  })

  test('a request that does not come in time gets 408', async () => {
    expect(await ask(await start({ requestTimeout: 200 }), 'GET / HTTP/1.1\r\nHo')).toMatchObject({ status: 408 })
  })

  test('HTTP/1.0 needs no Host, and its connection is closed', async () => {
    const { status, headers } = await ask(await start(), 'GET /healthz HTTP/1.0\r\n\r\n')
    expect([status, headers.connection]).toEqual([200, 'close'])
  })

  test('good requests before a bad one are answered first, in their order', async () => {
    const suite = await start()
    const good = (target: string) => `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`
    const { raw } = await ask(suite, `${good('/files/')}${good('/healthz')}GET / HTTP/9.9\r\n\r\n`)
    const lines = [...raw.matchAll(/^HTTP\/1\.1 .*$/gm)].map(([line]) => line.trim())
    expect(lines).toEqual(['HTTP/1.1 200 OK', 'HTTP/1.1 200 OK', 'HTTP/1.1 505 HTTP Version Not Supported'])
    expect(raw.indexOf('numbers.txt')).toBeLessThan(raw.indexOf('"status": "ok"'))
  })
})

describe('connections', () => {
  test('are kept for the next request', async () => {
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

  test('pipelined requests are answered in their order', async () => {
    const suite = await start()
    const targets = ['/files/', '/files/hello.txt', '/mail', '/nope', '/healthz', '/files/hello.txt']
    const requests = targets.map((target, index) => {
      const last = index === targets.length - 1 ? 'Connection: close\r\n' : ''
      return `GET ${target} HTTP/1.1\r\nHost: a\r\n${last}\r\n`
    })
    const { raw } = await ask(suite, requests.join(''))
    expect([...raw.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(match => match[1])).toEqual([
      '200',
      '200',
      '200',
      '404',
      '200',
      '200',
    ])
    const order = ['<h1>/files/', 'Hello from', '[]', 'nothing at', '"status"'].map(text => raw.indexOf(text))
    expect(order).toEqual(order.toSorted((a, b) => a - b))
  })

  test('a short body that nobody wants is passed over, and the connection kept', async () => {
    const suite = await start()
    const post = `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello`
    const { raw } = await ask(suite, `${post}GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)
    expect([...raw.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(match => match[1])).toEqual(['405', '200'])
  })

  test.each([
    ['of a known length', 'Content-Length: 900000\r\n\r\n', 'x'.repeat(900_000)],
    ['in chunks', 'Transfer-Encoding: chunked\r\n\r\n', `${'FFFF\r\n'}${'x'.repeat(0xffff)}\r\n`.repeat(10)],
  ])('a long body %s gets the whole answer before the connection closes', async (_title, fields, body) => {
    const suite = await start()
    const answer = await ask(
      suite,
      `POST / HTTP/1.1\r\nHost: a\r\n${fields}${body}${fields.startsWith('T') ? '0\r\n\r\n' : ''}`,
    )
    expect(answer).toMatchObject({ status: 405, headers: { connection: 'close' } })
    expect(answer.body).toContain('POST is not possible here')
  })

  test('a body that never ends is cut off', async () => {
    const { http } = await start()
    const wire = await Wire.connect(http.port)
    wire.send('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n')
    const pour = () => {
      while (!wire.socket.destroyed && wire.socket.write(`FFFF\r\n${'x'.repeat(0xffff)}\r\n`)) {}
    }
    wire.socket.on('drain', pour)
    pour()
    expect(await wire.readToEnd()).toContain('405 Method Not Allowed')
  })

  test('who asks whether to send a body is told no, at once', async () => {
    const suite = await start()
    const answer = await ask(
      suite,
      'PUT /x HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999\r\nExpect: 100-continue\r\n\r\n',
    )
    expect(answer).toMatchObject({ status: 405, headers: { connection: 'close' } })
  })

  test('a client that pipelines without end is cut off, and others are served on', async () => {
    const suite = await start()
    const wire = await Wire.connect(suite.http.port)
    wire.send('GET /files/ HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(5000))
    await wire.readToEnd()
    expect((await get(suite, '/healthz')).status).toBe(200)
  })
})

describe('closing', () => {
  test('ends kept connections at once, also those that never said a word', async () => {
    const suite = await start({ drainTime: 60_000 })
    const silent = await Wire.connect(suite.http.port)
    const kept = await Wire.connect(suite.http.port)
    kept.send('HEAD / HTTP/1.1\r\nHost: a\r\n\r\n')
    while ((await kept.line()) !== '') {}
    await suite.close()
    expect([await silent.readToEnd(), await kept.readToEnd()]).toEqual(['', ''])
  })

  test('finishes an answer that is under way', async () => {
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

  test('cuts an answer off that takes longer than the drain time', async () => {
    const suite = await start({ drainTime: 50 })
    await writeFile(inTree(suite, 'large.bin'), Buffer.alloc(32 * 1024 * 1024))
    const wire = await Wire.connect(suite.http.port)
    wire.send('GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n')
    await wire.line()
    wire.socket.pause()
    await suite.close()
    wire.socket.resume()
    await wire.readToEnd()
  })
})
