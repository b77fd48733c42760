/** The same site over TLS, by HTTP/1.1 and by HTTP/2. */
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type OutgoingHttpHeaders,
} from 'node:http2'
import path from 'node:path'
import { buffer } from 'node:stream/consumers'
import { describe, expect, onTestFinished, test } from 'vitest'
import { decodeMessage } from '../../../shared/dns/decode.ts'
import { encodeMessage } from '../../../shared/dns/encode.ts'
import { BindError } from '../../../shared/errors.ts'
import type { Suite } from '../../../shared/launcher/index.ts'
import { recordEvents, suiteFor } from '../../helpers/suite.ts'
import { Wire } from '../../helpers/wire.ts'
import { message } from '../../shared/dns/messages.ts'

const ZONE_TEXT = '@ 60 SOA ns host 1 2 3 4 5\n@ 60 NS ns\nwww 30 A 127.0.0.1\n'
const DNS = { publish: false, zones: [{ origin: 'fourwire.test', text: ZONE_TEXT }] }
const QUERY = encodeMessage(message())
const DNS_TYPE = 'application/dns-message'

type TlsSuite = Suite<'http'>
const start = (more: { drainTime?: number; http?: { requestTimeout: number } } = {}): Promise<TlsSuite> =>
  suiteFor({ services: ['dns', 'http'], tls: true, dns: DNS, ...more })

function securePort({ http }: TlsSuite): number {
  return http.endpoints.find(({ scheme }) => scheme === 'https')?.port ?? 0
}

/** A session of HTTP/2 with a suite that it believes. */
async function session(suite: TlsSuite, options: object = {}): Promise<ClientHttp2Session> {
  const client = connect(`https://127.0.0.1:${securePort(suite)}`, { ca: suite.tls?.ca ?? '', ...options })
  client.on('error', () => undefined)
  onTestFinished(() => client.destroy())
  await once(client, 'connect')
  return client
}

async function answerOf(stream: ClientHttp2Stream) {
  const [headers] = await once(stream, 'response')
  return { status: headers[':status'], headers, body: await buffer(stream) }
}

/** One request of HTTP/2 and what came back. */
async function ask(client: ClientHttp2Session, fields: OutgoingHttpHeaders, body?: Uint8Array) {
  const stream = client.request(fields, { endStream: body === undefined })
  if (body) stream.end(body)
  return answerOf(stream)
}

test('the endpoint says how it is reached', async () => {
  const suite = await start()
  const port = securePort(suite)
  expect(suite.http.endpoints.map(({ scheme, transport }) => `${scheme} ${transport}`)).toEqual([
    'http tcp',
    'https tls',
  ])
  expect(suite.http.endpoints[1]?.url).toBe(`https://127.0.0.1:${port}/`)
  expect(suite.http.port).not.toBe(port)
})

test('where the port for TLS is taken it says so by its flag, and leaves nothing open', async () => {
  const { http } = await suiteFor({ services: ['http'] })
  const starting = suiteFor({ services: ['http'], tls: true, http: { tlsPort: http.port } })
  await expect(starting).rejects.toThrow(BindError)
  await expect(starting).rejects.toThrow('--http-tls-port,')
})

describe('HTTP/1.1', () => {
  test('pipelined requests are answered in their order', async () => {
    const suite = await start()
    const wire = await Wire.connectTls(securePort(suite), { ALPNProtocols: ['http/1.1'] })
    wire.send(
      'GET /files/hello.txt HTTP/1.1\r\nHost: a\r\n\r\nGET /nope HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
    )
    expect((await wire.readToEnd()).match(/HTTP\/1.1 \d+|Hello from Fourwire/g)).toEqual([
      'HTTP/1.1 200',
      'Hello from Fourwire',
      'HTTP/1.1 404',
    ])
  })

  test('is what is spoken with who names no protocol; what is no HTTP gets 400', async () => {
    const suite = await start()
    const wire = await Wire.connectTls(securePort(suite))
    wire.send('what?\r\n\r\n')
    expect(await wire.line()).toBe('HTTP/1.1 400 Bad Request')
  })

  test('the trace tells what was said, decrypted', async () => {
    const suite = await start()
    const recorder = recordEvents(suite.trace)
    const wire = await Wire.connectTls(securePort(suite), { ALPNProtocols: ['http/1.1'] })
    wire.send('GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    await wire.readToEnd()
    wire.socket.end()
    await recorder.until(({ kind }) => kind === 'close')
    expect(recorder.events[0]).toMatchObject({ kind: 'open', transport: 'tls' })
    expect(recorder.lines()).toEqual([
      'open control',
      'message request 1 GET /healthz HTTP/1.1',
      'message response 1 HTTP/1.1 200 OK (application/json; charset=utf-8, 21 bytes)',
      'transfer response 1 21 bytes of application/json; charset=utf-8',
      'close control',
    ])
  })

  test('a kept connection is closed when the suite is', async () => {
    const suite = await start()
    const wire = await Wire.connectTls(securePort(suite), { ALPNProtocols: ['http/1.1'] })
    wire.send('GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n')
    await wire.line()
    await suite.close()
    expect(await wire.readToEnd()).toContain('"status": "ok"')
  })
})

describe('HTTP/2', () => {
  test('a connection whose client has gone does not stay for what flow control holds back', async () => {
    const suite = await start()
    const recorder = recordEvents(suite.trace)
    const client = await session(suite, { settings: { initialWindowSize: 0 } })
    const stream = client.request({ ':path': '/files/hello.txt' })
    stream.on('error', () => undefined)
    await once(stream, 'response')
    client.destroy()
    // The test's own timeout is shorter than the time for which a connection may be unused.
    await recorder.until(({ kind }) => kind === 'close')
  })

  test('many requests at once on one connection have each its answer', async () => {
    const suite = await start()
    const client = await session(suite)
    const answers = await Promise.all(Array.from({ length: 100 }, () => ask(client, { ':path': '/files/hello.txt' })))
    expect(new Set(answers.map(({ status, body }) => `${status} ${body}`))).toEqual(
      new Set(['200 Hello from Fourwire.\n']),
    )
  })

  test('the fields are those of HTTP/1.1 but for those about the connection', async () => {
    const suite = await start()
    const { headers } = await ask(await session(suite), { ':path': '/files/hello.txt' })
    const plain = await fetch(new URL('/files/hello.txt', suite.http.url))
    const { 'keep-alive': _, connection: __, date: ___, ...fields } = Object.fromEntries(plain.headers)
    expect({ ...headers }).toMatchObject(fields)
    expect(headers.connection).toBeUndefined()
  })

  test.each([
    ['a part of a file', { ':path': '/files/hello.txt', range: 'bytes=0-4' }, 206, 'Hello'],
    ['a folder', { ':path': '/files/' }, 200, 'hello.txt'],
    ['mail', { ':path': '/mail' }, 200, '[]'],
    ['HEAD', { ':path': '/files/hello.txt', ':method': 'HEAD' }, 200, ''],
    ['OPTIONS', { ':path': '/files/hello.txt', ':method': 'OPTIONS' }, 204, ''],
    ['a condition that holds', { ':path': '/files/hello.txt', 'if-none-match': '*' }, 304, ''],
    ['what is not there', { ':path': '/nope' }, 404, 'nope'],
    ['another method', { ':path': '/files/hello.txt', ':method': 'DELETE' }, 405, 'DELETE is not possible here.'],
    ['an unknown method', { ':path': '/', ':method': 'BREW' }, 501, 'does not know BREW'],
    ['a way out of the folder', { ':path': '/../../etc/passwd' }, 404, ''],
    ['a long target', { ':path': `/${'x'.repeat(9000)}` }, 414, 'longer than 8192 bytes'],
    ['another expectation', { ':path': '/', expect: 'coffee' }, 417, 'no expectation but'],
  ])('%s', async (_, fields, status, text) => {
    const answer = await ask(await session(await start()), fields)
    expect(answer.status).toBe(status)
    expect(answer.body.toString()).toContain(text)
  })

  test('CONNECT is not possible', async () => {
    const client = await session(await start())
    expect(await ask(client, { ':method': 'CONNECT', ':authority': 'example.org:443' })).toMatchObject({ status: 405 })
  })

  test('a large file arrives whole, and one that nobody reads on holds up nobody else', async () => {
    const suite = await start()
    const content = Buffer.alloc(3 * 1024 * 1024, 'fourwire')
    await writeFile(path.join(suite.dataFolder, 'www', 'large.bin'), content)
    const client = await session(suite)
    const unread = client.request({ ':path': '/large.bin' })
    await once(unread, 'response')
    unread.pause()
    expect((await ask(client, { ':path': '/large.bin' })).body.equals(content)).toBe(true)
    unread.close(constants.NGHTTP2_CANCEL)
    await once(unread, 'close')
    expect((await ask(client, { ':path': '/healthz' })).status).toBe(200)
  })

  test('DNS queries, by GET and by POST', async () => {
    const client = await session(await start())
    const path = `/dns-query?dns=${QUERY.toString('base64url')}`
    const post = { ':path': '/dns-query', ':method': 'POST', 'content-type': DNS_TYPE }
    for (const answer of [await ask(client, { ':path': path }), await ask(client, post, QUERY)]) {
      expect(answer).toMatchObject({
        status: 200,
        headers: { 'content-type': DNS_TYPE, 'cache-control': 'max-age=30' },
      })
      expect(decodeMessage(answer.body)).toMatchObject({
        id: 0x1234,
        rcode: 'NOERROR',
        answers: [{ data: '127.0.0.1' }],
      })
    }
  })

  test('who waits to be asked for the body is asked', async () => {
    const client = await session(await start())
    const fields = { ':path': '/dns-query', ':method': 'POST', 'content-type': DNS_TYPE, expect: '100-continue' }
    const stream = client.request(fields, { endStream: false })
    stream.on('continue', () => stream.end(QUERY))
    expect((await answerOf(stream)).status).toBe(200)
  })

  test.each([
    ['too long', 70_000, 413],
    ['not all there in time', 10, 408],
  ])('a body that is %s', async (_, length, status) => {
    const client = await session(await start({ http: { requestTimeout: 100 } }))
    const fields = { ':path': '/dns-query', ':method': 'POST', 'content-type': DNS_TYPE }
    const stream = client.request(fields, { endStream: false })
    stream.write(Buffer.alloc(length))
    expect((await answerOf(stream)).status).toBe(status)
    expect((await ask(client, { ':path': '/healthz' })).status).toBe(200)
  })

  test('requests that are taken back as soon as they are made harm nobody', async () => {
    const suite = await start()
    const client = await session(suite)
    const streams = Array.from({ length: 50 }, () => client.request({ ':path': '/files/hello.txt' }))
    await new Promise(resolve => setImmediate(resolve))
    for (const stream of streams) stream.close(constants.NGHTTP2_CANCEL)
    expect((await ask(client, { ':path': '/healthz' })).status).toBe(200)
  })

  test('a client that breaks the protocol loses its connection, and the next one is served', async () => {
    const suite = await start()
    const wire = await Wire.connectTls(securePort(suite), { ALPNProtocols: ['h2'] })
    wire.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    await wire.readToEnd()
    expect((await ask(await session(suite), { ':path': '/healthz' })).status).toBe(200)
  })

  test('a client that vanishes in the middle harms nobody', async () => {
    const suite = await start()
    await writeFile(path.join(suite.dataFolder, 'www', 'large.bin'), Buffer.alloc(3 * 1024 * 1024))
    const client = await session(suite)
    const stream = client.request({ ':path': '/large.bin' })
    stream.on('error', () => undefined)
    await once(stream, 'response')
    client.destroy()
    expect((await ask(await session(suite), { ':path': '/healthz' })).status).toBe(200)
  })

  test('closing lets what was asked be answered, and turns away the rest', async () => {
    const suite = await start({ drainTime: 5000 })
    const content = Buffer.alloc(1024 * 1024, 'x')
    await writeFile(path.join(suite.dataFolder, 'www', 'large.bin'), content)
    const client = await session(suite)
    const stream = client.request({ ':path': '/large.bin' })
    await once(stream, 'response')
    const closing = suite.close()
    await once(client, 'goaway')
    expect((await buffer(stream)).length).toBe(content.length)
    await closing
    expect(client.closed).toBe(true)
  })

  test('the trace tells each request and its response', async () => {
    const suite = await start()
    const recorder = recordEvents(suite.trace)
    const client = await session(suite)
    await ask(client, { ':path': '/healthz', authorization: 'Basic c2VjcmV0' })
    await ask(client, { ':path': '/nope' })
    client.close()
    await recorder.until(({ kind }) => kind === 'close')
    expect(recorder.lines()).toEqual([
      'open control',
      'message request 1 GET /healthz HTTP/2',
      'message response 1 HTTP/2 200 (application/json; charset=utf-8, 21 bytes)',
      'message request 2 GET /nope HTTP/2',
      'message response 2 HTTP/2 404 (text/plain; charset=utf-8, 40 bytes)',
      'close control',
    ])
    const told = recorder.events.map(event => ('bytes' in event ? Buffer.from(event.bytes).toString() : '')).join('')
    expect(told).toContain('authorization: ***')
    expect(told).not.toContain('c2VjcmV0')
  })
})

describe('HTTP/2 without TLS, with a client that knows', () => {
  async function plainSession({ http }: Suite<'http'>): Promise<ClientHttp2Session> {
    const client = connect(http.url)
    client.on('error', () => undefined)
    onTestFinished(() => client.destroy())
    await once(client, 'connect')
    return client
  }

  test.each(['with nobody listening', 'with the trace on'])('requests have their answers, %s', async how => {
    const suite = await suiteFor({ services: ['http'] })
    const content = Buffer.alloc(1024 * 1024, 'fourwire')
    await writeFile(path.join(suite.dataFolder, 'www', 'large.bin'), content)
    const recorder = how === 'with the trace on' ? recordEvents(suite.trace) : undefined
    const client = await plainSession(suite)
    expect((await ask(client, { ':path': '/files/hello.txt' })).body.toString()).toBe('Hello from Fourwire.\n')
    expect((await ask(client, { ':path': '/large.bin' })).body.equals(content)).toBe(true)
    client.close()
    await recorder?.until(({ kind }) => kind === 'close')
    expect(recorder?.events.map(({ summary }) => summary).slice(1) ?? []).toEqual(
      recorder
        ? [
            'HTTP/2 from here on',
            'GET /files/hello.txt HTTP/2',
            'HTTP/2 200 (text/plain; charset=utf-8, 21 bytes)',
            'GET /large.bin HTTP/2',
            'HTTP/2 200 (application/octet-stream, 1048576 bytes)',
            'connection closed',
          ]
        : [],
    )
  })

  test('closing lets what was asked be answered', async () => {
    const suite = await suiteFor({ services: ['http'], drainTime: 5000 })
    const content = Buffer.alloc(1024 * 1024, 'x')
    await writeFile(path.join(suite.dataFolder, 'www', 'large.bin'), content)
    const stream = (await plainSession(suite)).request({ ':path': '/large.bin' })
    await once(stream, 'response')
    const closing = suite.close()
    expect((await buffer(stream)).length).toBe(content.length)
    await closing
  })

  test('it cannot begin in the middle of a connection', async () => {
    const { http } = await suiteFor({ services: ['http'] })
    const wire = await Wire.connect(http.port)
    wire.send('GET /nope HTTP/1.1\r\nHost: a\r\n\r\nPRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
    expect((await wire.readToEnd()).match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 404', 'HTTP/1.1 505'])
  })

  test('what follows the preface and is no frame ends the connection', async () => {
    const { http } = await suiteFor({ services: ['http'] })
    const wire = await Wire.connect(http.port)
    wire.send(`PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${'\xff'.repeat(100)}`)
    await wire.readToEnd()
    expect((await fetch(http.url)).status).toBe(200)
  })
})

test('the authority’s file is where the suite says', async () => {
  const suite = await start()
  expect(suite.tls?.caFile).toBe(path.join(suite.dataFolder, 'tls', 'ca.pem'))
  expect(await readFile(suite.tls?.caFile ?? '', 'utf8')).toBe(suite.tls?.ca)
})
