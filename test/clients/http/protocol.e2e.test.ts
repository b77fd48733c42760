import { once } from 'node:events'
import {
  createServer as createHttp2Server,
  createSecureServer,
  type Http2SecureServer,
  type Http2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import * as zlib from 'node:zlib'
import { expect, onTestFinished, test } from 'vitest'
import { HttpConnection } from '../../../clients/http/exchange/connection.ts'
import { type HttpRequest, request } from '../../../clients/http/index.ts'
import { parseUrl } from '../../../clients/http/url.ts'
import { RefusedError } from '../../../shared/errors.ts'
import { generateAuthority, issueCertificate } from '../../../shared/net/tls/certificates.ts'
import { traceTime } from '../../../shared/trace/event.ts'
import { recordEvents, suiteFor } from '../../helpers/suite.ts'
import { serve, serveBytes, serveSocket } from './servers.ts'

const insecure = { insecure: true }

async function respond(incoming: Http2ServerRequest, response: Http2ServerResponse): Promise<void> {
  const { method, httpVersion: version, authority, headers } = incoming
  response.setHeader('Content-Type', 'application/json')
  const { 'content-type': type } = headers
  response.end(
    JSON.stringify({ method, version, authority: authority ?? headers.host, type, body: await text(incoming) }),
  )
}

/** Returns the authority of a server that listens, and closes it and its sessions after the test. */
async function listen(server: Http2Server | Http2SecureServer): Promise<string> {
  server.on('session', session => onTestFinished(() => void session.destroy()))
  onTestFinished(() => void server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function keys() {
  const now = new Date()
  const { certificate: cert, key } = await issueCertificate(await generateAuthority(now), ['www.fourwire.test'], now)
  return { cert, key }
}

/** Starts a server that supports both versions. */
async function serveTls(): Promise<string> {
  return listen(createSecureServer({ ...(await keys()), allowHTTP1: true }, respond))
}

async function json(input: HttpRequest) {
  const response = await request(input)
  return { version: response.httpVersion, received: JSON.parse(await response.text()) }
}

test('uses HTTP/2 over TLS if it is requested and the server chooses it', async () => {
  const url = `https://${await serveTls()}/`
  expect(await json({ url, verification: insecure, http2: true })).toMatchObject({
    version: '2',
    received: { version: '2.0' },
  })
  expect(await json({ url, verification: insecure })).toMatchObject({ version: '1.1', received: { version: '1.1' } })
})

test('uses HTTP/1.1 if the server does not choose HTTP/2', async () => {
  const server = createTlsServer(await keys(), (_request, response) => response.end('{}')).listen(0, '127.0.0.1')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  await once(server, 'listening')
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`
  expect(await json({ url, verification: insecure, http2: true })).toMatchObject({ version: '1.1' })
})

test('uses HTTP/2 with the server of the suite', async () => {
  const suite = await suiteFor({ services: ['http'], tls: true })
  const secure = suite.endpoints.find(({ transport }) => transport === 'tls')
  const response = await request(
    { url: `${secure?.url}healthz`, http2: true },
    { authority: async () => suite.tls?.ca },
  )
  expect(response.httpVersion).toBe('2')
  expect(await response.text()).toContain('ok')
})

test('sends HTTP/2 to an http server without negotiation, with its body and its own authority', async () => {
  const url = `http://${await listen(createHttp2Server(respond))}/a?b`
  const input = { url, http2: true, body: 'grüße', headers: { Host: 'other.test', 'Content-Type': 'a/b' } }
  expect(await json(input)).toEqual({
    version: '2',
    received: { method: 'POST', version: '2.0', authority: 'other.test', type: 'a/b', body: 'grüße' },
  })
})

test('traces an exchange over HTTP/2 without secrets', async () => {
  const url = `http://${await listen(createHttp2Server(respond))}/x`
  const recorder = recordEvents()
  const headers = { Authorization: 'Basic c2VjcmV0' }
  await (await request({ url, http2: true, headers }, { trace: recorder.trace })).text()
  await recorder.until(({ kind }) => kind === 'close')
  expect(recorder.lines().filter(line => line.startsWith('message'))).toEqual([
    'message request 1 GET /x HTTP/2',
    'message response 1 HTTP/2 200 (application/json)',
  ])
  expect(recorder.events.map(event => ('bytes' in event ? String(Buffer.from(event.bytes)) : '')).join()).not.toContain(
    'c2Vj',
  )
})

test('traces the exchanges of a connection over HTTP/2 with the times at which they happened', async () => {
  const served: number[] = []
  const server = createHttp2Server((_request, response) => {
    served.push(traceTime())
    response.end()
  })
  const url = `http://${await listen(server)}/x`
  const recorder = recordEvents()
  const input = { url, http2: true, method: 'GET' }
  const connection = await HttpConnection.open(input, parseUrl(url), { trace: recorder.trace })
  for (let n = 0; n < 2; n++) await (await connection.send(input, parseUrl(url))).text()
  connection.close()
  await recorder.until(({ kind }) => kind === 'close')
  const messages = recorder.events.filter(({ kind }) => kind === 'message')
  expect(messages.map(event => 'exchange' in event && event.exchange)).toEqual([1, 1, 2, 2])
  const [first, firstResponse, second, secondResponse] = messages.map(({ time }) => time)
  const times = [first, served[0], firstResponse, second, served[1], secondResponse]
  expect(times).toEqual(times.toSorted((a = 0, b = 0) => a - b))
})

test('sends a body of any method over HTTP/2, except of GET', async () => {
  const url = `http://${await listen(createHttp2Server(respond))}/`
  for (const method of ['DELETE', 'REPORT', 'PATCH']) {
    expect(await json({ url, http2: true, method, body: 'x' })).toMatchObject({ received: { method, body: 'x' } })
  }
  const attempt = request({ url, http2: true, method: 'GET', body: 'x' })
  await expect(attempt).rejects.toThrow('a body of GET cannot be sent over HTTP/2')
})

test('a server that is silent, disconnects, or resets the stream of HTTP/2 is refused', async () => {
  const silent = await listen(createHttp2Server(() => {}))
  await expect(request({ url: silent, http2: true }, { timeout: 300 })).rejects.toMatchObject({ code: 'timeout' })
  const gone = await listen(createHttp2Server(({ stream }) => void stream.session?.destroy()))
  await expect(request({ url: gone, http2: true })).rejects.toThrow(RefusedError)
  const away = await listen(createHttp2Server(({ stream }) => void stream.session?.goaway(1)))
  await expect(request({ url: away, http2: true })).rejects.toThrow(RefusedError)
  const reset = await listen(createHttp2Server(({ stream }) => stream.close(2)))
  await expect(request({ url: reset, http2: true })).rejects.toThrow(RefusedError)
  const half = await listen(
    createHttp2Server((_request, response) => {
      response.write('half', () => response.stream.close(2))
    }),
  )
  const response = await request({ url: half, http2: true })
  await expect(response.text()).rejects.toThrow(RefusedError)
})

test('a request over HTTP/2 can be cancelled', async () => {
  const controller = new AbortController()
  const url = await listen(createHttp2Server(() => controller.abort(new Error('no longer needed'))))
  await expect(request({ url, http2: true }, { signal: controller.signal })).rejects.toThrow('no longer needed')
})

test('names a server that does not support HTTP/2', async () => {
  const server = await serveBytes('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n')
  const attempt = request({ url: server, http2: true })
  await expect(attempt).rejects.toThrow(RefusedError)
  await expect(attempt).rejects.toMatchObject({ code: expect.stringMatching(/^(?:protocol|closed)$/) })
})

const { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } = zlib
/** Node 20 has no zstd. */
const zstd =
  'zstdCompressSync' in zlib
    ? { zstd: (zlib.zstdCompressSync as typeof zlib.gzipSync)('a text that is compressed '.repeat(10_000)) }
    : {}
const TEXT = 'a text that is compressed '.repeat(10_000)
const CODINGS = {
  gzip: gzipSync(TEXT),
  'x-gzip': gzipSync(TEXT),
  deflate: deflateSync(TEXT),
  'deflate, gzip': gzipSync(deflateSync(TEXT)),
  DEFLATE: deflateRawSync(TEXT),
  br: brotliCompressSync(TEXT),
  identity: Buffer.from(TEXT),
  ...zstd,
}

test.each(Object.entries(CODINGS))('decompresses a body with the coding %s', async (coding, body) => {
  let accepted: unknown
  const url = await serve((incoming, response) => {
    accepted = incoming.headers['accept-encoding']
    response.setHeader('Content-Encoding', coding).end(body)
  })
  expect(await (await request({ url, compressed: true })).text()).toBe(TEXT)
  expect(accepted).toMatch(/^gzip, deflate, br(?:, zstd)?$/)
  expect(body.equals(await (await request({ url })).bytes())).toBe(true)
  expect(accepted).toBeUndefined()
})

test('decompresses concatenated gzip members, and a response without a body', async () => {
  const url = await serve((incoming, response) => {
    response.setHeader('Content-Encoding', 'gzip')
    response.end(incoming.method === 'HEAD' ? undefined : Buffer.concat([gzipSync('a'), gzipSync('b')]))
  })
  expect(await (await request({ url, compressed: true })).text()).toBe('ab')
  expect(await (await request({ url, compressed: true, method: 'HEAD' })).text()).toBe('')
})

test.each([
  ['damaged bytes', 'gzip', Buffer.from('not gzip'), 'cannot decompress the body (gzip): incorrect header check'],
  [
    'a truncated body',
    'gzip',
    CODINGS.gzip.subarray(0, 100),
    'cannot decompress the body (gzip): unexpected end of file',
  ],
  ['a truncated body', 'br', CODINGS.br.subarray(0, 20), 'cannot decompress the body (br)'],
  ['damaged bytes', 'br', Buffer.from([255, 255, 255, 255]), 'cannot decompress the body (br)'],
  ['an unknown coding', 'compress', Buffer.from('x'), 'the server used "compress"'],
  ['too many codings', 'gzip, gzip, gzip, gzip, gzip', Buffer.from('x'), 'the server compressed it 5 times'],
])('rejects %s (%s)', async (_title, coding, body, message) => {
  const url = await serve((_incoming, response) => response.setHeader('Content-Encoding', coding).end(body))
  const attempt = request({ url, compressed: true }).then(response => response.text())
  await expect(attempt).rejects.toMatchObject({ name: 'RefusedError', code: 'coding' })
  await expect(attempt).rejects.toThrow(message)
})

test('a body that decompresses to too much ends at the bound of text(), and is read no faster than the caller iterates', async () => {
  // 256 MiB in as many members.
  const bomb = Buffer.concat(Array(256).fill(gzipSync(Buffer.alloc(1024 * 1024))))
  const url = await serve((_incoming, response) => response.setHeader('Content-Encoding', 'gzip').end(bomb))
  await expect(request({ url, compressed: true }).then(response => response.text())).rejects.toMatchObject({
    code: 'long',
  })
  const before = process.memoryUsage().arrayBuffers
  const chunks = (await request({ url, compressed: true }))[Symbol.asyncIterator]()
  await chunks.next()
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 1024 * 1024)
  await chunks.return(undefined)
})

test('measures the steps of an exchange', async () => {
  let release = () => {}
  const url = await serveSocket((_head, socket) => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab')
    release = () => socket.end('cd')
  })
  const response = await request({ url })
  expect(response.timings).toMatchObject({ tls: 0, rest: 0 })
  const before = response.timings.total
  const body = response.text()
  release()
  await body
  const { name, connect, firstByte, rest, total } = response.timings
  expect(total).toBeGreaterThan(before)
  expect(Math.min(name, connect, firstByte, rest)).toBeGreaterThanOrEqual(0)
  expect(connect).toBeGreaterThan(0)
  expect(name + connect + firstByte + rest).toBeCloseTo(total, 6)
})

test('measures name and TLS', async () => {
  const authority = await serveTls()
  const url = `https://localhost:${authority.split(':')[1]}/`
  const response = await request({ url, verification: insecure })
  await response.text()
  expect(response.timings.tls).toBeGreaterThan(0)
  expect(response.timings.name).toBeGreaterThan(0)
})
