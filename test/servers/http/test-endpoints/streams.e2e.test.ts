/** Streamed and timed responses of the test endpoints, over real sockets: when bytes arrive, trailers, seeds, and early ends. */
import { createHash } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Suite, startSuite } from '../../../../shared/launcher/index.ts'
import { afterAllTests } from '../../../helpers/cli.ts'
import { suiteFor } from '../../../helpers/suite.ts'
import { Wire } from '../../../helpers/wire.ts'

let suite: Suite<'http'>
const cleanup = afterAllTests()

beforeAll(async () => {
  suite = await startSuite({ services: ['http'] })
  cleanup(() => suite.close())
})

const get = (path: string, version = '1.1') =>
  `GET /test${path} HTTP/${version}\r\nHost: a\r\nConnection: close\r\n\r\n`

async function exchange(path: string, version = '1.1'): Promise<string> {
  const wire = await Wire.connect(suite.http.port)
  wire.send(get(path, version))
  return wire.readToEnd()
}

const bodyOf = (response: string) => response.slice(response.indexOf('\r\n\r\n') + 4)

/** Reads the head of the response; the rest stays unread. */
async function readHead(wire: Wire): Promise<void> {
  for (let line = await wire.line(); line !== ''; line = await wire.line()) expect(line).toBeDefined()
}

describe('trailers', () => {
  test('follow the body', async () => {
    expect(await exchange('/trailers?X-A=1&x-b=2&X-A=3')).toMatch(
      /\r\nTrailer: X-A, x-b\r\n.*Transfer-Encoding: chunked\r\n.*\r\n0\r\nX-A: 1\r\nx-b: 2\r\nX-A: 3\r\n\r\n$/s,
    )
  })

  test('are not possible over HTTP/1.0', async () => {
    const response = await exchange('/trailers?X-A=1', '1.0')
    expect(JSON.parse(bodyOf(response))).toMatchObject({ args: { 'X-A': ['1'] } })
  })

  test('have the timing of server-sent events', async () => {
    const [, timing = ''] =
      /\r\n0\r\nServer-Timing: (.*)\r\n\r\n$/.exec(await exchange('/sse?count=3&duration=20ms')) ?? []
    expect(timing).toMatch(/^total_duration;dur=\d+\.\d\d;desc="total request duration", initial_delay;dur=0\.00;/)
    expect(timing).toContain('write_duration;dur=20.00;desc="duration of writes after initial delay"')
    expect(timing).toContain('pause_per_write;dur=10.00;desc="computed pause between writes"')
  })
})

describe('time', () => {
  const timeOf = async (path: string) => {
    const start = performance.now()
    const response = await exchange(path)
    return { milliseconds: performance.now() - start, response }
  }

  test.each([
    ['/delay/0.2', 200],
    ['/range/10?duration=100ms', 100],
    ['/drip?delay=100ms&duration=100ms&numbytes=3', 200],
    ['/sse?delay=0.1&duration=0.1&count=3', 200],
  ])('of %s is at least %i ms', async (path, expected) => {
    const { milliseconds, response } = await timeOf(path)
    expect(response).toMatch(/^HTTP\/1\.1 200 /)
    // A timer may end up to a millisecond early.
    expect(milliseconds).toBeGreaterThan(expected - 5)
  })

  test('passes between the bytes of a drip', async () => {
    const wire = await Wire.connect(suite.http.port)
    wire.send(get('/drip?delay=0&duration=9&numbytes=2'))
    await readHead(wire)
    expect(await wire.read(1)).toBe('*')
    // The second byte follows after 9 s; the test does not wait for it.
    expect(wire.socket.bytesRead).toBeGreaterThan(0)
  })

  test('of a drip of many bytes is that of its duration, without a wait for each byte', async () => {
    // Waits of a millisecond would take longer than a test may.
    const { milliseconds, response } = await timeOf('/drip?delay=0&duration=0.2&numbytes=100000')
    expect(bodyOf(response)).toBe('*'.repeat(100_000))
    expect(milliseconds).toBeGreaterThan(195)
  })
})

describe('a client', () => {
  test('that has ended its side gets the whole body at once', async () => {
    const wire = await Wire.connect(suite.http.port)
    wire.send(get('/drip?delay=0&duration=10&numbytes=20'))
    await readHead(wire)
    wire.socket.end()
    expect(await wire.readToEnd()).toBe('*'.repeat(20))
  })

  test('that disconnects ends nothing else', async () => {
    const wire = await Wire.connect(suite.http.port)
    wire.send(get('/drip?delay=0&duration=10&numbytes=20'))
    await readHead(wire)
    wire.socket.destroy()
    expect(await exchange('/uuid')).toMatch(/^HTTP\/1\.1 200 /)
  })

  test('that /close has disconnected gets no byte', async () => {
    expect(await exchange('/close')).toBe('')
  })
})

test('a server that closes ends the waits', async () => {
  const own = await suiteFor({ services: ['http'], drainTime: 5000 })
  // The first request loads the endpoints.
  expect((await fetch(`${own.http.url}test/uuid`)).status).toBe(200)
  const wires = await Promise.all(
    ['/delay/10', '/drip?delay=10&duration=0', '/drip?delay=0&duration=10'].map(async path => {
      const wire = await Wire.connect(own.http.port)
      wire.send(get(path))
      return wire
    }),
  )
  const [, , dripping] = wires
  // Its first byte has arrived, so that the other requests have as well.
  if (dripping) await readHead(dripping)
  await own.close()
  // The end of the drain time would cut them off.
  const responses = await Promise.all(wires.map(wire => wire.readToEnd()))
  expect(responses).toEqual([
    expect.stringMatching(/^HTTP\/1\.1 200 .*\}\n$/s),
    expect.stringMatching(/\r\n\r\n\*{10}$/),
    '*'.repeat(10),
  ])
})

describe('a seed', () => {
  const digest = async (path: string) =>
    createHash('sha256')
      .update(Buffer.from(await (await fetch(`${suite.http.url}test${path}`)).arrayBuffer()))
      .digest('hex')

  test('determines the bytes, in one piece and in chunks', async () => {
    const first = await digest('/bytes/100000?seed=7')
    expect(await digest('/bytes/100000?seed=7')).toBe(first)
    expect(await digest('/stream-bytes/100000?seed=7&chunk_size=999')).toBe(first)
    expect(await digest('/bytes/100000?seed=8')).not.toBe(first)
    expect(await digest(`/bytes/100000?seed=${7n + 2n ** 32n}`)).not.toBe(first)
  })

  test('determines a failure and a status', async () => {
    const statuses = async (path: string) => (await fetch(`${suite.http.url}test${path}`)).status
    const seeds = Array.from({ length: 40 }, (_, seed) => seed)
    const unstable = await Promise.all(seeds.map(seed => statuses(`/unstable?failure_rate=0.25&seed=${seed}`)))
    const weighted = await Promise.all(seeds.map(seed => statuses(`/status/200:0.75,500:0.25?seed=${seed}`)))
    expect(unstable.filter(status => status === 500).length).toBeGreaterThan(4)
    expect(unstable.filter(status => status === 500).length).toBeLessThan(20)
    expect(new Set(weighted)).toEqual(new Set([200, 500]))
    expect(await Promise.all(seeds.map(seed => statuses(`/unstable?failure_rate=0.25&seed=${seed}`)))).toEqual(unstable)
  })

  test('without it, the bytes differ', async () => {
    expect(await digest('/bytes/16')).not.toBe(await digest('/bytes/16'))
  })
})

describe('chunks', () => {
  test('of /stream-bytes have the size of chunk_size', async () => {
    const response = await exchange('/stream-bytes/25?chunk_size=10&seed=1')
    expect(response.match(/\r\n(?:a|5|0)\r\n/g)).toEqual(['\r\na\r\n', '\r\na\r\n', '\r\n5\r\n', '\r\n0\r\n'])
  })

  test.each([
    ['/stream-bytes/20?chunk_size=-10', 20],
    ['/stream-bytes/0', 0],
    ['/stream-bytes/16384?chunk_size=1', 16_384],
  ])('of %s have %i bytes together', async (path, size) => {
    const body = await (await fetch(`${suite.http.url}test${path}`)).arrayBuffer()
    expect(body.byteLength).toBe(size)
  })

  test.each([
    ['/stream/20', 20],
    ['/stream/1000', 100],
    ['/stream/0', 1],
    ['/stream/-100', 1],
  ])('of %s are %i lines', async (path, count) => {
    const lines = (await (await fetch(`${suite.http.url}test${path}`)).text()).trimEnd().split('\n')
    expect(lines.map(line => JSON.parse(line).id)).toEqual(Array.from({ length: count }, (_, id) => id))
  })
})

test('a body that is too long gets 413, and /upload takes it', async () => {
  const send = (path: string) =>
    fetch(`${suite.http.url}test${path}`, { method: 'POST', body: Buffer.alloc(3_000_000) })
  expect((await send('/post')).status).toBe(413)
  expect(await (await send('/upload')).json()).toMatchObject({ bytes_received: 3_000_000 })
})

test('100 Continue is sent when an endpoint reads the body', async () => {
  const wire = await Wire.connect(suite.http.port)
  wire.send(
    'POST /test/post HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n',
  )
  expect(await wire.line()).toBe('HTTP/1.1 100 Continue')
  wire.send('x')
  expect(await wire.readToEnd()).toMatch(/HTTP\/1\.1 200 OK/)
})
