/** HTTP/1.1 and HTTP/2 over TLS, and HTTP/2 without TLS. */
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
const start = (options: { drainTime?: number; http?: { requestTimeout: number } } = {}): Promise<TlsSuite> =>
  suiteFor({ services: ['dns', 'http'], tls: true, dns: DNS, ...options })

function securePort({ http }: TlsSuite): number {
  return http.endpoints.find(({ scheme }) => scheme === 'https')?.port ?? 0
}

/** Opens an HTTP/2 session that trusts the authority of the suite. */
async function openSession(suite: TlsSuite, options: object = {}): Promise<ClientHttp2Session> {
  const client = connect(`https://127.0.0.1:${securePort(suite)}`, { ca: suite.tls?.ca ?? '', ...options })
  client.on('error', () => undefined)
  onTestFinished(() => client.destroy())
  await once(client, 'connect')
  return client
}

async function readResponse(stream: ClientHttp2Stream) {
  const [headers] = await once(stream, 'response')
  return { status: headers[':status'], headers, body: await buffer(stream) }
}

/** Sends an HTTP/2 request and reads the response. */
async function send(client: ClientHttp2Session, fields: OutgoingHttpHeaders, body?: Uint8Array) {
  const stream = client.request(fields, { endStream: body === undefined })
  if (body) stream.end(body)
  return readResponse(stream)
}

test('the endpoints have scheme, transport and URL', async () => {
  const suite = await start()
  const port = securePort(suite)
  expect(suite.http.endpoints.map(({ scheme, transport }) => `${scheme} ${transport}`)).toEqual([
    'http tcp',
    'https tls',
  ])
  expect(suite.http.endpoints[1]?.url).toBe(`https://127.0.0.1:${port}/`)
  expect(suite.http.port).not.toBe(port)
})

test('names the flag of the TLS port if that port is in use', async () => {
  const { http } = await suiteFor({ services: ['http'] })
  const starting = suiteFor({ services: ['http'], tls: true, http: { tlsPort: http.port } })
  await expect(starting).rejects.toThrow(BindError)
  await expect(starting).rejects.toThrow('--http-tls-port,')
})

describe('HTTP/1.1 over TLS', () => {
  test('keeps the order of pipelined requests', async () => {
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

  test('is the protocol of a client without ALPN; bytes that are not HTTP are 400', async () => {
    const suite = await start()
    const wire = await Wire.connectTls(securePort(suite))
    wire.send('what?\r\n\r\n')
    expect(await wire.line()).toBe('HTTP/1.1 400 Bad Request')
  })

  test('accepts https URLs as targets', async () => {
    const suite = await start()
    const wire = await Wire.connectTls(securePort(suite))
    wire.send('GET https://a/healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    expect(await wire.readToEnd()).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
  })

  test('is decrypted in the trace', async () => {
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

  test('close() closes an idle connection', async () => {
    const suite = await start()
    const wire = await Wire.connectTls(securePort(suite), { ALPNProtocols: ['http/1.1'] })
    wire.send('GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n')
    await wire.line()
    await suite.close()
    expect(await wire.readToEnd()).toContain('"status": "ok"')
  })
})

describe('HTTP/2 over TLS', () => {
  test('closes a connection if its client has disconnected and flow control holds back a response', async () => {
    const suite = await start()
    const recorder = recordEvents(suite.trace)
    const client = await openSession(suite, { settings: { initialWindowSize: 0 } })
    const stream = client.request({ ':path': '/files/hello.txt' })
    stream.on('error', () => undefined)
    await once(stream, 'response')
    client.destroy()
    // The timeout of the test is shorter than the time that a connection may be idle.
    expect((await recorder.until(({ kind }) => kind === 'close')).kind).toBe('close')
  })

  test('responds to 100 concurrent requests on one connection', async () => {
    const suite = await start()
    const client = await openSession(suite)
    const responses = await Promise.all(
      Array.from({ length: 100 }, () => send(client, { ':path': '/files/hello.txt' })),
    )
    expect(new Set(responses.map(({ status, body }) => `${status} ${body}`))).toEqual(
      new Set(['200 Hello from Fourwire.\n']),
    )
  })

  test('sends the header fields of HTTP/1.1, except those about the connection', async () => {
    const suite = await start()
    const { headers } = await send(await openSession(suite), { ':path': '/files/hello.txt' })
    const plain = await fetch(new URL('/files/hello.txt', suite.http.url))
    const { 'keep-alive': _, connection: __, date: ___, ...fields } = Object.fromEntries(plain.headers)
    expect({ ...headers }).toMatchObject(fields)
    expect(headers.connection).toBeUndefined()
  })

  test.each([
    ['a range of a file', { ':path': '/files/hello.txt', range: 'bytes=0-4' }, 206, 'Hello'],
    ['a folder', { ':path': '/files/' }, 200, 'hello.txt'],
    ['mail', { ':path': '/mail' }, 200, '[]'],
    ['HEAD', { ':path': '/files/hello.txt', ':method': 'HEAD' }, 200, ''],
    ['OPTIONS', { ':path': '/files/hello.txt', ':method': 'OPTIONS' }, 204, ''],
    ['a precondition that is false', { ':path': '/files/hello.txt', 'if-none-match': '*' }, 304, ''],
    ['a path that does not exist', { ':path': '/nope' }, 404, 'nope'],
    [
      'a known method that is not allowed',
      { ':path': '/healthz', ':method': 'DELETE' },
      405,
      'DELETE is not possible here.',
    ],
    [
      'DELETE of a file without an account',
      { ':path': '/files/hello.txt', ':method': 'DELETE' },
      401,
      'Only an account',
    ],
    ['an unknown method', { ':path': '/', ':method': 'BREW' }, 501, 'does not know BREW'],
    ['a path out of the tree', { ':path': '/../../etc/passwd' }, 404, ''],
    ['a long target', { ':path': `/${'x'.repeat(9000)}` }, 414, 'longer than 8192 bytes'],
    ['an unknown expectation', { ':path': '/', expect: 'coffee' }, 417, 'no expectation but'],
  ])('%s', async (_, fields, status, text) => {
    const response = await send(await openSession(await start()), fields)
    expect(response.status).toBe(status)
    expect(response.body.toString()).toContain(text)
  })

  test('CONNECT is 405', async () => {
    const client = await openSession(await start())
    expect(await send(client, { ':method': 'CONNECT', ':authority': 'example.org:443' })).toMatchObject({ status: 405 })
  })

  test('many large files at once on one connection: each response has its own bytes', async () => {
    const suite = await start()
    const contents = Array.from({ length: 20 }, (_, index) => Buffer.alloc(1_200_000 + index * 7, `${index},`))
    const inTree = (index: number) => path.join(suite.dataFolder, 'www', `large-${index}.bin`)
    await Promise.all(contents.map((content, index) => writeFile(inTree(index), content)))
    const client = await openSession(suite)
    const responses = await Promise.all(contents.map((_, index) => send(client, { ':path': `/large-${index}.bin` })))
    expect(responses.map(({ body }, index) => body.equals(contents[index] as Buffer))).toEqual(contents.map(() => true))
  })

  test('sends a large file whole, also beside a stream that its client does not read', async () => {
    const suite = await start()
    const content = Buffer.alloc(3 * 1024 * 1024, 'fourwire')
    await writeFile(path.join(suite.dataFolder, 'www', 'large.bin'), content)
    const client = await openSession(suite)
    const unread = client.request({ ':path': '/large.bin' })
    await once(unread, 'response')
    unread.pause()
    expect((await send(client, { ':path': '/large.bin' })).body.equals(content)).toBe(true)
    unread.close(constants.NGHTTP2_CANCEL)
    await once(unread, 'close')
    expect((await send(client, { ':path': '/healthz' })).status).toBe(200)
  })

  test('answers DNS queries by GET and by POST', async () => {
    const client = await openSession(await start())
    const path = `/dns-query?dns=${QUERY.toString('base64url')}`
    const post = { ':path': '/dns-query', ':method': 'POST', 'content-type': DNS_TYPE }
    for (const response of [await send(client, { ':path': path }), await send(client, post, QUERY)]) {
      expect(response).toMatchObject({
        status: 200,
        headers: { 'content-type': DNS_TYPE, 'cache-control': 'max-age=30' },
      })
      expect(decodeMessage(response.body)).toMatchObject({
        id: 0x1234,
        rcode: 'NOERROR',
        answers: [{ data: '127.0.0.1' }],
      })
    }
  })

  test('sends 100 Continue if the client waits for it', async () => {
    const client = await openSession(await start())
    const fields = { ':path': '/dns-query', ':method': 'POST', 'content-type': DNS_TYPE, expect: '100-continue' }
    const stream = client.request(fields, { endStream: false })
    stream.on('continue', () => stream.end(QUERY))
    expect((await readResponse(stream)).status).toBe(200)
  })

  test.each([
    ['too long', 70_000, 413],
    ['incomplete when the time is up', 10, 408],
  ])('a body that is %s is an error, and the session stays open', async (_, length, status) => {
    const client = await openSession(await start({ http: { requestTimeout: 1000 } }))
    const fields = { ':path': '/dns-query', ':method': 'POST', 'content-type': DNS_TYPE }
    const stream = client.request(fields, { endStream: false })
    stream.write(Buffer.alloc(length))
    expect((await readResponse(stream)).status).toBe(status)
    expect((await send(client, { ':path': '/healthz' })).status).toBe(200)
  })

  test('serves the next request after 50 cancelled ones', async () => {
    const suite = await start()
    const client = await openSession(suite)
    const streams = Array.from({ length: 50 }, () => client.request({ ':path': '/files/hello.txt' }))
    await new Promise(resolve => setImmediate(resolve))
    for (const stream of streams) stream.close(constants.NGHTTP2_CANCEL)
    expect((await send(client, { ':path': '/healthz' })).status).toBe(200)
  })

  test('closes the connection of a client that violates the protocol, and serves the next client', async () => {
    const suite = await start()
    const wire = await Wire.connectTls(securePort(suite), { ALPNProtocols: ['h2'] })
    wire.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    await wire.readToEnd()
    expect((await send(await openSession(suite), { ':path': '/healthz' })).status).toBe(200)
  })

  test('serves the next client after one that disconnects within a response', async () => {
    const suite = await start()
    await writeFile(path.join(suite.dataFolder, 'www', 'large.bin'), Buffer.alloc(3 * 1024 * 1024))
    const client = await openSession(suite)
    const stream = client.request({ ':path': '/large.bin' })
    stream.on('error', () => undefined)
    await once(stream, 'response')
    client.destroy()
    expect((await send(await openSession(suite), { ':path': '/healthz' })).status).toBe(200)
  })

  test('close() sends GOAWAY and waits for open streams', async () => {
    const suite = await start({ drainTime: 60_000 })
    const content = Buffer.alloc(1024 * 1024, 'x')
    await writeFile(path.join(suite.dataFolder, 'www', 'large.bin'), content)
    const client = await openSession(suite)
    const stream = client.request({ ':path': '/large.bin' })
    await once(stream, 'response')
    const closing = suite.close()
    await once(client, 'goaway')
    expect((await buffer(stream)).length).toBe(content.length)
    await closing
    expect(client.closed).toBe(true)
  })

  test('the trace has each request and its response, with secrets masked', async () => {
    const suite = await start()
    const recorder = recordEvents(suite.trace)
    const client = await openSession(suite)
    await send(client, { ':path': '/healthz', authorization: 'Basic c2VjcmV0' })
    await send(client, { ':path': '/nope' })
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
    const bytes = recorder.events.map(event => ('bytes' in event ? Buffer.from(event.bytes).toString() : '')).join('')
    expect(bytes).toContain('authorization: ***')
    expect(bytes).not.toContain('c2VjcmV0')
  })
})

describe('HTTP/2 without TLS, by prior knowledge', () => {
  async function openPlainSession({ http }: Suite<'http'>): Promise<ClientHttp2Session> {
    const client = connect(http.url)
    client.on('error', () => undefined)
    onTestFinished(() => client.destroy())
    await once(client, 'connect')
    return client
  }

  test.each(['off', 'on'])('responds to requests with the trace %s', async trace => {
    const suite = await suiteFor({ services: ['http'] })
    const content = Buffer.alloc(1024 * 1024, 'fourwire')
    await writeFile(path.join(suite.dataFolder, 'www', 'large.bin'), content)
    const recorder = trace === 'on' ? recordEvents(suite.trace) : undefined
    const client = await openPlainSession(suite)
    expect((await send(client, { ':path': '/files/hello.txt' })).body.toString()).toBe('Hello from Fourwire.\n')
    expect((await send(client, { ':path': '/large.bin' })).body.equals(content)).toBe(true)
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

  test('close() waits for open streams', async () => {
    const suite = await suiteFor({ services: ['http'], drainTime: 60_000 })
    const content = Buffer.alloc(1024 * 1024, 'x')
    await writeFile(path.join(suite.dataFolder, 'www', 'large.bin'), content)
    const stream = (await openPlainSession(suite)).request({ ':path': '/large.bin' })
    await once(stream, 'response')
    const closing = suite.close()
    expect((await buffer(stream)).length).toBe(content.length)
    await closing
  })

  test('cannot begin after an HTTP/1.1 request', async () => {
    const { http } = await suiteFor({ services: ['http'] })
    const wire = await Wire.connect(http.port)
    wire.send('GET /nope HTTP/1.1\r\nHost: a\r\n\r\nPRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
    expect((await wire.readToEnd()).match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 404', 'HTTP/1.1 505'])
  })

  test('closes the connection if bytes after the preface are not a frame', async () => {
    const { http } = await suiteFor({ services: ['http'] })
    const wire = await Wire.connect(http.port)
    wire.send(`PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${'\xff'.repeat(100)}`)
    await wire.readToEnd()
    expect((await fetch(http.url)).status).toBe(200)
  })
})

test('the suite has the certificate of its authority and the name of its file', async () => {
  const suite = await start()
  expect(suite.tls?.caFile).toBe(path.join(suite.dataFolder, 'tls', 'ca.pem'))
  expect(await readFile(suite.tls?.caFile ?? '', 'utf8')).toBe(suite.tls?.ca)
})
