/** What happens when more clients connect, or send, than the server has room for. */
import { readFile, writeFile } from 'node:fs/promises'
import { type ClientHttp2Session, type ClientHttp2Stream, connect as connectHttp2, constants } from 'node:http2'
import path from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { http } from '../../../servers/http/index.ts'
import type { Suite } from '../../../shared/launcher/index.ts'
import { startService } from '../../helpers/service.ts'
import { suiteFor } from '../../helpers/suite.ts'
import { Wire } from '../../helpers/wire.ts'

const GET = 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n'

async function status(wire: Wire): Promise<number> {
  const line = await wire.line()
  while ((await wire.line()) !== '') {}
  return Number(line?.split(' ')[1])
}

/** Connects and gets a response, so that the connection is idle. */
async function idleClient(port: number, localAddress?: string): Promise<Wire> {
  const wire = await Wire.connect(port, '127.0.0.1', localAddress)
  wire.send(GET)
  expect(await status(wire)).toBe(200)
  await wire.read(21)
  return wire
}

/** Opens a response that does not end. */
async function busyClient(port: number): Promise<Wire> {
  const wire = await Wire.connect(port)
  wire.send('GET /mail/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')
  expect(await status(wire)).toBe(200)
  return wire
}

const startWith = (options: object) => startService(http, options)

test('when all connections are in use, the one that has been idle longest makes room, with one warning', async () => {
  const { port, logged } = await startWith({ maxConnections: 2 })
  const first = await idleClient(port)
  const second = await idleClient(port)
  const third = await idleClient(port)
  expect(await first.readToEnd()).toBe('')
  const fourth = await idleClient(port)
  expect(await second.readToEnd()).toBe('')
  for (const wire of [third, fourth]) {
    wire.send(GET)
    expect(await status(wire)).toBe(200)
  }
  const warnings = logged.map(line => JSON.parse(line)).filter(({ level }) => level === 40)
  expect(warnings).toMatchObject([{ connections: 2, msg: expect.stringContaining('--http-max-connections') }])
})

test('a part of a head does not make a connection busy: a thousand of them lock no client out', async () => {
  const { port } = await startWith({ maxConnections: 50 })
  const attackers = await Promise.all(Array.from({ length: 1000 }, () => Wire.connect(port)))
  for (const wire of attackers) wire.send('GET / HTTP/1.1\r\nHost: a\r\nX: ')
  for (let round = 0; round < 10; round += 1) await idleClient(port)
})

test('a client is refused with 503 and Retry-After if all connections have requests in work', async () => {
  const { port } = await startWith({ maxConnections: 2 })
  const busy = [await busyClient(port), await busyClient(port)]
  const refused = await Wire.connect(port)
  const response = await refused.readToEnd()
  for (const text of [
    'HTTP/1.1 503 Service',
    '\r\nRetry-After: 1\r\n',
    '\r\nConnection: close\r\n',
    'too many connections',
  ]) {
    expect(response).toContain(text)
  }
  busy[0]?.socket.destroy()
  await expect
    .poll(
      () =>
        idleClient(port)
          .then(() => true)
          .catch(() => false),
      { interval: 10 },
    )
    .toBe(true)
})

test('one address has a bound of its own, and does not take the connections of another', async () => {
  const { port } = await startWith({ maxConnections: 10, maxConnectionsPerAddress: 2 })
  const other = await idleClient(port, '127.0.0.2')
  const [first] = [await idleClient(port), await idleClient(port), await idleClient(port)]
  expect(await first?.readToEnd()).toBe('')
  other.send(GET)
  expect(await status(other)).toBe(200)
})

test('an idle HTTP/2 connection makes room too, one with an open stream does not', async () => {
  const { port, url } = await startWith({ maxConnections: 2 })
  const [busy, idle] = [connectHttp2(url), connectHttp2(url)]
  onTestFinished(() => [busy, idle].forEach(session => void session.destroy()))
  const open = busy.request({ ':path': '/mail/events', ':authority': '127.0.0.1' })
  await new Promise(resolve => open.once('response', resolve))
  const done = idle.request({ ':path': '/healthz' })
  await new Promise(resolve => done.resume().once('close', resolve))
  const closed = new Promise(resolve => idle.once('close', resolve))
  await idleClient(port)
  await closed
  expect(open.destroyed).toBe(false)
})

test('requests whose handlers do not respond are bounded: further ones get 503', async () => {
  const suite = await suiteFor({ services: ['http'] })
  const clients = await Promise.all(Array.from({ length: 1000 }, () => Wire.connect(suite.http.port)))
  // With a stopped clock, a delay never ends.
  vi.useFakeTimers({ toFake: ['setTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  for (const wire of clients) wire.send('GET /test/delay/10 HTTP/1.1\r\nHost: a\r\n\r\n')
  await expect.poll(async () => (await fetch(`${suite.http.url}test/delay/0`)).status, { interval: 20 }).toBe(503)
  expect((await fetch(`${suite.http.url}healthz`)).headers.get('retry-after')).toBe('1')
  for (const wire of clients) wire.socket.destroy()
  // A request of a client that has disconnected does not occupy the server until its delay is over.
  await expect.poll(async () => (await fetch(`${suite.http.url}healthz`)).status, { interval: 20 }).toBe(200)
})

const LARGE = 8 * 1024 * 1024

async function withLargeFile(): Promise<Suite<'http'>> {
  const suite = await suiteFor({ services: ['http'], http: { requestTimeout: 1000 } })
  await writeFile(path.join(suite.dataFolder, 'www/large.bin'), Buffer.alloc(LARGE))
  return suite
}

test('a client that reads nothing of a response is disconnected', async () => {
  const suite = await withLargeFile()
  const wire = await Wire.connect(suite.http.port)
  wire.socket.pause()
  wire.send('GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n')
  await expect.poll(async () => connectionsOf(suite)).toBe(0)
  wire.socket.resume()
  expect((await wire.readToEnd()).length).toBeLessThan(LARGE)
})

test('a stream of HTTP/2 whose window is closed is reset', async () => {
  const suite = await withLargeFile()
  const session = connectHttp2(suite.http.url, { settings: { initialWindowSize: 0 } })
  onTestFinished(() => session.destroy())
  const stream = session.request({ ':path': '/large.bin' })
  expect(await closeCode(stream)).toBe(constants.NGHTTP2_CANCEL)
})

test.each([
  ['sends PING', (session: ClientHttp2Session) => void session.ping(() => undefined)],
  ['sends more of its request', (_session: ClientHttp2Session, stream: ClientHttp2Stream) => void stream.write('x')],
])('a stream of HTTP/2 whose window is closed is reset, also if the client %s', async (_title, send) => {
  const suite = await withLargeFile()
  const session = connectHttp2(suite.http.url, { settings: { initialWindowSize: 0 } })
  onTestFinished(() => session.destroy())
  const stream = session.request({ ':path': '/files/hello.txt' }, { endStream: false })
  const timer = setInterval(() => send(session, stream), 20)
  onTestFinished(() => clearInterval(timer))
  expect(await closeCode(stream)).toBe(constants.NGHTTP2_CANCEL)
})

test('a stream of HTTP/2 ends with its response, also if the client does not end its request', async () => {
  const suite = await withLargeFile()
  const session = connectHttp2(suite.http.url)
  onTestFinished(() => session.destroy())
  const stream = session.request({ ':method': 'POST', ':path': '/test/post' })
  stream.resume()
  // More than the endpoint reads.
  stream.write(Buffer.alloc(2 * 1024 * 1024))
  const timer = setInterval(() => stream.write('x'), 20)
  onTestFinished(() => clearInterval(timer))
  const status = new Promise(resolve => stream.once('response', fields => resolve(fields[':status'])))
  expect(await closeCode(stream)).toBe(constants.NGHTTP2_NO_ERROR)
  expect(await status).toBe(413)
})

/** Resolves with the code with which the stream closes. */
function closeCode(stream: ClientHttp2Stream): Promise<number | undefined> {
  return new Promise(resolve => stream.once('close', () => resolve(stream.rstCode)))
}

/** The number of open connections to the server, as the system counts them. */
async function connectionsOf({ http: { port } }: Suite<'http'>): Promise<number> {
  const local = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const lines = (await readFile('/proc/net/tcp', 'utf8')).split('\n').map(line => line.trim().split(/\s+/))
  const ESTABLISHED = '01'
  return lines.filter(([, own, , state]) => own === local && state === ESTABLISHED).length
}

test('files that slow clients hold open are bounded: further ones get 503, and small files are served', async () => {
  const suite = await suiteFor({ services: ['http'] })
  await writeFile(path.join(suite.dataFolder, 'www/large.bin'), Buffer.alloc(LARGE))
  const sessions = Array.from({ length: 20 }, () =>
    connectHttp2(suite.http.url, { settings: { initialWindowSize: 0 } }),
  )
  onTestFinished(() => sessions.forEach(session => void session.destroy()))
  const statuses = await Promise.all(
    sessions.flatMap(session =>
      Array.from({ length: 16 }, () => {
        const stream = session.request({ ':path': '/large.bin' })
        return new Promise(resolve => stream.once('response', ({ ':status': status }) => resolve(status)))
      }),
    ),
  )
  expect(statuses.filter(status => status === 200)).toHaveLength(256)
  expect(statuses.filter(status => status === 503)).toHaveLength(20 * 16 - 256)
  expect((await fetch(`${suite.http.url}files/hello.txt`)).status).toBe(200)
})
