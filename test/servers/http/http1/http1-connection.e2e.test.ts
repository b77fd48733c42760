/** One HTTP/1.1 connection with responses of the test's own, over a real socket. */
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { Http1Core } from '../../../../servers/http/http1/core.ts'
import { HttpDate } from '../../../../servers/http/http1/current-date.ts'
import { Http1Connection } from '../../../../servers/http/http1/http1-connection.ts'
import { ResponseWriter } from '../../../../servers/http/http1/response-writer.ts'
import { KEEP_ALIVE_TIMEOUT_MS, LINGER_MS, TIME_SLICE_MS } from '../../../../servers/http/limits.ts'
import { type Response, textResponse } from '../../../../servers/http/response/response.ts'
import { silentLog } from '../../../../shared/log.ts'
import { ConnectionGuard } from '../../../../shared/net/connection-guard.ts'
import { httpDissector } from '../../../../shared/trace/dissectors/http.ts'
import { Trace } from '../../../../shared/trace/trace.ts'
import { Wire } from '../../../helpers/wire.ts'

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'
const LAST = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'

interface Peers {
  readonly wire: Wire
  readonly connection: Http1Connection
  readonly failures: unknown[]
}

/** Connects a client to a connection that answers with `respond`. */
async function open(respond: Http1Core['respond'], changes: Partial<Http1Core> = {}): Promise<Peers> {
  const failures: unknown[] = []
  const core: Http1Core = {
    writer: new ResponseWriter(new HttpDate()),
    headTimeout: 10_000,
    bodyTimeout: 10_000,
    stallTimeout: 10_000,
    isBehindProxy: false,
    now: performance.now.bind(performance),
    respond,
    mayUseStore: () => false,
    reportFailure: error => void failures.push(error),
    acceptHttp2: () => ({}),
    ...changes,
  }
  const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const accepted = once(server, 'connection') as Promise<[Socket]>
  const wire = await Wire.connect((server.address() as { port: number }).port)
  const [socket] = await accepted
  onTestFinished(() => void socket.destroy())
  const follow = { protocol: 'http', side: 'server', transport: 'tcp', dissector: httpDissector } as const
  const connection = new Http1Connection(
    {
      socket,
      transport: 'tcp',
      guard: new ConnectionGuard(socket, silentLog, 'http'),
      conversation: new Trace().follow(socket, follow),
      peer: { host: '127.0.0.1', port: 1 },
      localHost: '127.0.0.1',
      client: '127.0.0.1:1',
    },
    core,
  )
  return { wire, connection, failures }
}

const stream = (chunks: readonly string[], more: Partial<Response> = {}): Response => ({
  status: 200,
  headers: [],
  body: {
    async *chunks() {
      for (const chunk of chunks) yield Buffer.from(chunk)
    },
    close: async () => {},
  },
  ...more,
})

/** What the client gets, without the head's date. */
const withoutDate = (text: string) => text.replace(/Date: .*\r\n/g, '')

test.each([
  ['yields to other connections after each request that fills a time slice', TIME_SLICE_MS, '1 other 2 other 3'],
  ['handles requests that fit in one time slice without yielding', TIME_SLICE_MS / 4, '1 2 3 other other'],
])('%s', async (_title, duration, expected) => {
  let time = 0
  let count = 0
  const order: string[] = []
  const respond = () => {
    count += 1
    order.push(String(count))
    time += duration
    if (count < 3) setImmediate(() => order.push('other'))
    return { status: 204, headers: [] }
  }
  const { wire } = await open(respond, { now: () => time })
  wire.send(`${GET}${GET}${LAST}`)
  await wire.readToEnd()
  expect(order.join(' ')).toBe(expected)
})

test.each([
  ['an empty line', '\r\n', ''],
  ['the start of an empty line', '\r', ''],
  ['a part of a head', '\r\nGET', 'HTTP/1.1 408 Request Timeout'],
])('%s after a request: the connection ends with %j', async (_title, bytes, statusLine) => {
  let time = 0
  const { wire, connection } = await open(() => ({ status: 204, headers: [] }), { now: () => time })
  const received = once(connection.streamConnection.socket, 'data')
  wire.send(GET)
  await received
  while (await wire.line());
  const more = once(connection.streamConnection.socket, 'data')
  wire.send(bytes)
  await more
  time = KEEP_ALIVE_TIMEOUT_MS
  connection.checkDeadline(time)
  time = 10_000
  connection.checkDeadline(time)
  expect((await wire.line()) ?? '').toBe(statusLine)
})

test.each([
  [true, 204],
  [false, 421],
])('an https URL as target without TLS, behind a proxy: %s', async (isBehindProxy, status) => {
  const { wire } = await open(() => ({ status: 204, headers: [] }), { isBehindProxy })
  wire.send('GET https://a/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
  expect(await wire.readToEnd()).toContain(`HTTP/1.1 ${status} `)
})

test('a streamed body is chunked, with trailers', async () => {
  const { wire } = await open(() => stream(['hello', '', ' world'], { trailers: () => ['X-Sum', '11'] }))
  wire.send(LAST)
  expect(withoutDate(await wire.readToEnd())).toBe(
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\nX-Sum: 11\r\n\r\n',
  )
})

test('HTTP/1.0 gets a streamed body until the connection closes', async () => {
  const { wire } = await open(() => stream(['hello']))
  wire.send('GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n')
  expect(withoutDate(await wire.readToEnd())).toBe('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello')
})

test('HEAD of a streamed body has no content, and the connection stays open', async () => {
  const { wire } = await open(({ method }) => (method === 'HEAD' ? stream(['hello']) : textResponse(200, 'next')))
  wire.send(`HEAD / HTTP/1.1\r\nHost: a\r\n\r\n${LAST}`)
  expect(await wire.readToEnd()).toMatch(/^HTTP\/1\.1 200 OK\r\n(?:[A-Z].*\r\n)+\r\nHTTP\/1\.1 200 OK\r\n/)
})

test('a body that fails is cut off, so that the client sees it, and the failure is reported', async () => {
  const failing = stream([])
  const body = {
    async *chunks() {
      yield Buffer.from('half')
      throw new Error('disk on fire')
    },
    close: async () => {},
  }
  const { wire, failures } = await open(() => ({ ...failing, body }))
  wire.send(GET)
  expect(await wire.readToEnd()).toMatch(/\r\n\r\n4\r\nhalf\r\n$/)
  expect(failures).toEqual([new Error('disk on fire')])
})

test.each([
  ['throws', () => Promise.reject(new Error('defect'))],
  ['responds with an invalid field', () => ({ status: 200, headers: ['X', 'a\r\nb'] })],
])('a handler that %s becomes 500, and the next request is answered', async (_title, respond) => {
  let count = 0
  const { wire, failures } = await open(() => (count++ === 0 ? respond() : { status: 204, headers: [] }))
  wire.send(`${GET}${LAST}`)
  expect((await wire.readToEnd()).match(/^HTTP\/1\.1 \d+/gm)).toEqual(['HTTP/1.1 500', 'HTTP/1.1 204'])
  expect(failures).toHaveLength(1)
})

test('abort ends the connection without a response', async () => {
  const { wire } = await open(() => ({ status: 200, headers: [], abort: true }))
  wire.send(GET)
  expect(await wire.readToEnd()).toBe('')
})

test('an upgrade gets the socket and the bytes after the request', async () => {
  const { wire, connection } = await open(() => ({
    status: 101,
    headers: [],
    upgrade: (socket, head) => {
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n\r\n${Buffer.from(head)}`)
      socket.on('data', bytes => socket.write(bytes))
    },
  }))
  wire.send(`${GET}early `)
  expect(await wire.read(42)).toBe('HTTP/1.1 101 Switching Protocols\r\n\r\nearly ')
  wire.send('late')
  expect(await wire.read(4)).toBe('late')
  expect(connection.idleSince).toBeUndefined()
  connection.finish()
  expect(await wire.readToEnd()).toBe('')
})

test('bytes of a shared response are the same for every client until the date changes', async () => {
  const shared: Response = { status: 200, headers: ['Content-Length', '2'], body: Buffer.from('ok'), shared: true }
  const large: Response = { ...shared, headers: ['Content-Length', '100000'], body: Buffer.alloc(100_000, 'x') }
  const { wire } = await open(({ target }) => (target === '/large' ? large : shared))
  const get = (target: string) => `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`
  wire.send(`${get('/')}${get('/')}${get('/large')}${LAST}`)
  const [first, second, third, last] = withoutDate(await wire.readToEnd()).split(/(?=HTTP\/1\.1 200)/)
  expect(second).toBe(first)
  expect(third).toBe(String(first).replace('Length: 2', 'Length: 100000').replace(/ok$/, 'x'.repeat(100_000)))
  expect(last).toContain('Connection: close\r\n\r\nok')
})

test('a client that ends its side within a head or a body gets what it can', async () => {
  const { wire } = await open(async ({ body }) => {
    const read = await body.read(100)
    return Buffer.isBuffer(read) ? { status: 200, headers: [] } : read
  })
  wire.send(`${GET}POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel`)
  wire.socket.end()
  expect((await wire.readToEnd()).match(/^HTTP\/1\.1 \d+/gm)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 400'])
})

test.each([
  ['of a known length', 'Content-Length: 5\r\n\r\nhello', 'hello'],
  ['in chunks', 'Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n', 'hello'],
  ['that is incomplete', 'Content-Length: 5\r\n\r\nhel', 400],
  ['in chunks that is incomplete', 'Transfer-Encoding: chunked\r\n\r\n5\r\nhel', 400],
])('a handler can read a body %s after the client has ended its side', async (_title, request, expected) => {
  let outcome: unknown
  const { wire, connection } = await open(async ({ body }) => {
    wire.socket.end()
    await once(connection.streamConnection.socket, 'end')
    const read = await body.read(100)
    outcome = Buffer.isBuffer(read) ? String(read) : read.status
    return { status: 204, headers: [] }
  })
  wire.send(`POST / HTTP/1.1\r\nHost: a\r\n${request}`)
  expect(await wire.readToEnd()).toContain('HTTP/1.1 204')
  expect(outcome).toBe(expected)
})

test.each([
  ['the next request after a complete body', `hello${GET}`, ['204', '204']],
  ['nothing after an incomplete one', 'hel', ['204']],
])('if no handler reads the body of a client that has ended its side, it gets %s', async (_title, rest, statuses) => {
  const { wire, connection } = await open(async () => {
    if (!wire.socket.writableEnded) wire.socket.end()
    if (!connection.streamConnection.socket.readableEnded) await once(connection.streamConnection.socket, 'end')
    return { status: 204, headers: [] }
  })
  wire.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n${rest}`)
  expect((await wire.readToEnd()).match(/(?<=^HTTP\/1\.1 )\d+/gm)).toEqual(statuses)
})

test('a client that ends its side gets the responses to all requests before, also if the connection yields meanwhile', async () => {
  let time = 0
  const respond = () => {
    time += TIME_SLICE_MS
    return { status: 204, headers: [] }
  }
  const { wire } = await open(respond, { now: () => time })
  wire.send(GET.repeat(500))
  wire.socket.end()
  expect((await wire.readToEnd()).match(/^HTTP\/1\.1 204/gm)).toHaveLength(500)
})

test('a body without an end of its own ends if the client had ended its side before', async () => {
  const ended = new AbortController()
  const body = {
    async *chunks() {
      yield Buffer.from('first')
      if (!ended.signal.aborted) await once(ended.signal, 'abort')
    },
    cancel: () => ended.abort(),
    close: async () => {},
  }
  let isFirst = true
  const { wire, connection } = await open(async () => {
    if (!isFirst) return { status: 200, headers: [], body }
    isFirst = false
    await once(connection.streamConnection.socket, 'end')
    return { status: 204, headers: [] }
  })
  wire.send(`${GET}${GET}`)
  wire.socket.end()
  expect(await wire.readToEnd()).toMatch(/^HTTP\/1\.1 204 .*\r\n5\r\nfirst\r\n0\r\n\r\n$/s)
})

test.each([
  ['an invalid field', 'HEAD / HTTP/1.1\r\nHost : a\r\n\r\n', 400],
  ['an invalid length', 'HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n', 400],
  ['an invalid line that is incomplete', '\r\nHEAD / HTTP/1.1\n', 400],
  ['a head that is too long', `HEAD / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
])('the response to HEAD with %s has no content', async (_title, bytes, status) => {
  const { wire } = await open(() => ({ status: 204, headers: [] }))
  wire.send(bytes)
  const head = new RegExp(
    `^HTTP/1\\.1 ${status} .*\\r\\n(?:[A-Z].*\\r\\n)+Content-Length: \\d+\\r\\n(?:[A-Z].*\\r\\n)+\\r\\n$`,
  )
  expect(await wire.readToEnd()).toMatch(head)
})

test('a client may disconnect while its request is handled, after the handler has stopped reading the body', async () => {
  const closed = () => new Promise<void>(resolve => connection.streamConnection.socket.once('close', () => resolve()))
  const { wire, connection, failures } = await open(async ({ body }) => {
    await body.read(1)
    wire.socket.resetAndDestroy()
    await closed()
    return { status: 204, headers: [] }
  })
  // A `StreamServer` does this.
  connection.streamConnection.socket.on('error', () => undefined)
  wire.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel')
  await closed()
  // The error of a stream without listeners is thrown in a later turn, and ends the process.
  await new Promise(resolve => setImmediate(resolve))
  expect(failures).toEqual([])
})

/** More than the system buffers of a connection hold. */
const LARGE = Buffer.alloc(32 * 1024 * 1024, 'x')

test('the last response of a connection is complete, however late the client reads it, and if it has ended its side', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const { wire } = await open(() => ({ status: 200, headers: [], body: LARGE }))
  wire.send(LAST)
  expect(await wire.line()).toBe('HTTP/1.1 200 OK')
  wire.socket.pause()
  vi.advanceTimersByTime(2 * LINGER_MS)
  wire.socket.resume()
  wire.socket.end()
  expect((await wire.readToEnd()).length).toBeGreaterThan(LARGE.length)
})

test('a client that has ended its side and reads nothing of its last response is disconnected', async () => {
  let setEnded = () => {}
  const hasEnded = new Promise<void>(resolve => {
    setEnded = resolve
  })
  const respond = async (): Promise<Response> => {
    await hasEnded
    return { status: 200, headers: [], body: LARGE }
  }
  const { wire, connection } = await open(respond, { stallTimeout: 100 })
  const { socket } = connection.streamConnection
  const closed = once(socket, 'close')
  socket.once('end', () => setEnded())
  wire.socket.pause()
  wire.socket.end(LAST)
  await closed
})

test.each([
  ['a response', GET],
  ['the last response', LAST],
])('a client that reads nothing of %s and sends a byte from time to time is disconnected', async (_title, request) => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  onTestFinished(() => void vi.useRealTimers())
  const { wire, connection } = await open(() => ({ status: 200, headers: [], body: LARGE }))
  const { socket } = connection.streamConnection
  wire.send(request)
  expect(await wire.line()).toBe('HTTP/1.1 200 OK')
  wire.socket.pause()
  let seconds = 0
  while (!socket.destroyed && seconds < 30) {
    const arrived = once(socket, 'data')
    wire.send('x')
    await arrived
    vi.advanceTimersByTime(1000)
    seconds += 1
  }
  // The client may still take bytes when the first checks are made.
  expect(seconds).toBeGreaterThan(9)
  expect(seconds).toBeLessThan(20)
})

test('a client that ends its side before the end of a body that no handler reads is disconnected', async () => {
  const { wire } = await open(() => ({ status: 204, headers: [] }))
  wire.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel')
  expect(await wire.line()).toBe('HTTP/1.1 204 No Content')
  wire.socket.end()
  expect(await wire.readToEnd()).toContain('Connection: keep-alive')
})

test.each([
  ['has ended its side', (wire: Wire) => void wire.socket.end()],
  ['has disconnected', (wire: Wire) => void wire.socket.resetAndDestroy()],
])('a handler learns that the client %s', async (_title, leave) => {
  let setLeft = () => {}
  const left = new Promise<void>(resolve => {
    setLeft = resolve
  })
  const { wire, connection } = await open(({ lifetime }) => {
    lifetime?.onDisconnect(setLeft)
    leave(wire)
    return new Promise<Response>(() => {})
  })
  connection.streamConnection.socket.on('error', () => undefined)
  wire.send(GET)
  await left
})

test('a streamed body of many chunks leaves other connections their turns', async () => {
  const turnsOfOthers: number[] = []
  let turns = 0
  const body = {
    async *chunks() {
      for (let count = 0; count < 1000; count += 1) {
        setImmediate(() => {
          turns += 1
        })
        yield Buffer.from('x')
      }
      turnsOfOthers.push(turns)
    },
    close: async () => {},
  }
  const { wire } = await open(() => ({ status: 200, headers: [], body }))
  wire.send(LAST)
  await wire.readToEnd()
  expect(turnsOfOthers[0]).toBeGreaterThan(900)
})
