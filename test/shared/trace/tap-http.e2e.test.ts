/** The tap on the sockets of node:http's server, whose parser reads from the handle. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { tap } from '../../../shared/trace/tap.ts'
import { Wire } from '../../helpers/wire.ts'

class TappedSocket {
  readonly observed: Record<'in' | 'out', Uint8Array[]> = { in: [], out: [] }
  readonly #socket: Socket
  #detach = () => {}

  constructor(socket: Socket) {
    this.#socket = socket
  }

  attach(): void {
    const listener = {
      onBytes: (flow: 'in' | 'out', bytes: Uint8Array) => void this.observed[flow].push(Buffer.from(bytes)),
    }
    this.#detach = tap(this.#socket, listener, { httpServer: true })
  }

  detach(): void {
    this.#detach()
  }

  text(flow: 'in' | 'out'): string {
    return Buffer.concat(this.observed[flow]).toString('latin1')
  }
}

/** Starts an HTTP server that echoes the body of POST, and connects to it. */
async function connectToEcho(tapFromStart: boolean): Promise<{ wire: Wire; tapped: TappedSocket }> {
  const server = createServer((request, response) => {
    if (request.method === 'POST') request.pipe(response)
    else response.end(`target: ${request.url}`)
  })
  const accepted = new Promise<TappedSocket>(resolve => {
    server.on('connection', socket => {
      const tapped = new TappedSocket(socket)
      if (tapFromStart) tapped.attach()
      resolve(tapped)
    })
  })
  server.listen(0, '127.0.0.1')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  await once(server, 'listening')
  const wire = await Wire.connect((server.address() as { port: number }).port)
  return { wire, tapped: await accepted }
}

const get = (target: string, fields = '') => `GET ${target} HTTP/1.1\r\nHost: a\r\n${fields}\r\n`
const CLOSE = 'Connection: close\r\n'

/** Reads one response to GET; returns its bytes. */
async function readResponse(wire: Wire, target: string): Promise<string> {
  const lines: string[] = []
  for (let line = await wire.line(); line !== ''; line = await wire.line()) lines.push(`${line}\r\n`)
  const body = `target: ${target}`
  return `${lines.join('')}\r\n${await wire.read(body.length)}`
}

const digest = (text: string) => createHash('sha256').update(text, 'latin1').digest('hex')

test('observes every byte of several requests on one connection', async () => {
  const { wire, tapped } = await connectToEcho(true)
  let received = ''
  for (const target of ['/1', '/2', '/3']) {
    wire.send(get(target))
    received += await readResponse(wire, target)
  }
  expect(tapped.text('in')).toBe(get('/1') + get('/2') + get('/3'))
  expect(tapped.text('out')).toBe(received)
})

test('observes pipelined requests in small chunks', async () => {
  const { wire, tapped } = await connectToEcho(true)
  const requests = `${get('/1')}${get('/2')}POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc${get('/3', CLOSE)}`
  for (let offset = 0; offset < requests.length; offset += 7) wire.send(requests.slice(offset, offset + 7))
  const received = await wire.readToEnd()
  expect(received).toContain('target: /3')
  expect(tapped.text('in')).toBe(requests)
  expect(tapped.text('out')).toBe(received)
})

test('observes chunked bodies of 3 MiB in both directions', async () => {
  const { wire, tapped } = await connectToEcho(true)
  const chunk = `10000\r\n${'0123456789abcdef'.repeat(4096)}\r\n`
  const request = `POST / HTTP/1.1\r\nHost: a\r\n${CLOSE}Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(48)}0\r\n\r\n`
  wire.send(request)
  const received = await wire.readToEnd()
  expect(received.length).toBeGreaterThan(3 * 1024 * 1024)
  expect(received.endsWith('\r\n0\r\n\r\n')).toBe(true)
  expect(digest(tapped.text('in'))).toBe(digest(request))
  expect(digest(tapped.text('out'))).toBe(digest(received))
})

test('observes only the bytes between attaching and detaching', async () => {
  const { wire, tapped } = await connectToEcho(false)
  const exchange = async (target: string) => {
    wire.send(get(target))
    return readResponse(wire, target)
  }
  await exchange('/before')
  for (const round of ['/first', '/second']) {
    tapped.attach()
    const received = await exchange(round)
    tapped.detach()
    expect(tapped.text('in').endsWith(get(round))).toBe(true)
    expect(tapped.text('out').endsWith(received)).toBe(true)
    await exchange('/between')
  }
  expect(tapped.text('in')).toBe(get('/first') + get('/second'))
})

test('attaching and detaching within bodies does not change them', async () => {
  const { wire, tapped } = await connectToEcho(false)
  const body = 'x'.repeat(3 * 1024 * 1024)
  wire.send(`POST / HTTP/1.1\r\nHost: a\r\n${CLOSE}Content-Length: ${body.length}\r\n\r\n${body.slice(0, 100_000)}`)
  let received = await wire.read(1000)
  for (let offset = 100_000, attached = true; offset < body.length; offset += 100_000, attached = !attached) {
    if (attached) tapped.attach()
    else tapped.detach()
    wire.send(body.slice(offset, offset + 100_000))
    received += await wire.read(1000)
  }
  received += await wire.readToEnd()
  const [, echoed = ''] = received.split('\r\n\r\n', 2)
  expect(received.endsWith('\r\n0\r\n\r\n')).toBe(true)
  // The other characters are the framing of the chunks.
  expect(echoed.replaceAll(/[^x]/g, '').length).toBe(body.length)
  expect(tapped.text('in').length).toBeGreaterThan(0)
  expect(tapped.text('in')).toMatch(/^x+$/)
})
