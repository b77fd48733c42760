/** The tap on the sockets of node:http's server, whose parser reads from the handle: every byte, and nothing broken. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { tap } from '../../../shared/trace/tap.ts'
import { Wire } from '../../helpers/wire.ts'

class Tapped {
  readonly heard: Record<'in' | 'out', Uint8Array[]> = { in: [], out: [] }
  readonly #socket: Socket
  #off = () => {}

  constructor(socket: Socket) {
    this.#socket = socket
  }

  on(): void {
    const listener = {
      onBytes: (way: 'in' | 'out', bytes: Uint8Array) => void this.heard[way].push(Buffer.from(bytes)),
    }
    this.#off = tap(this.#socket, listener, { httpServer: true })
  }

  off(): void {
    this.#off()
  }

  text(way: 'in' | 'out'): string {
    return Buffer.concat(this.heard[way]).toString('latin1')
  }
}

/** A server that sends back what it gets (in chunks), and a wire to it. */
async function echo(tapFromStart: boolean): Promise<{ wire: Wire; tapped: Tapped }> {
  const server = createServer((request, response) => {
    if (request.method === 'POST') request.pipe(response)
    else response.end(`you asked for ${request.url}`)
  })
  const accepted = new Promise<Tapped>(resolve => {
    server.on('connection', socket => {
      const tapped = new Tapped(socket)
      if (tapFromStart) tapped.on()
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

const get = (target: string, more = '') => `GET ${target} HTTP/1.1\r\nHost: a\r\n${more}\r\n`
const CLOSE = 'Connection: close\r\n'

/** Reads one response to GET; returns it as it came. */
async function oneResponse(wire: Wire, target: string): Promise<string> {
  const lines: string[] = []
  for (let line = await wire.line(); line !== ''; line = await wire.line()) lines.push(`${line}\r\n`)
  const body = `you asked for ${target}`
  return `${lines.join('')}\r\n${await wire.read(body.length)}`
}

const digest = (text: string) => createHash('sha256').update(text, 'latin1').digest('hex')

test('keep-alive: what was tapped is what was sent and received', async () => {
  const { wire, tapped } = await echo(true)
  let received = ''
  for (const target of ['/1', '/2', '/3']) {
    wire.send(get(target))
    received += await oneResponse(wire, target)
  }
  expect(tapped.text('in')).toBe(get('/1') + get('/2') + get('/3'))
  expect(tapped.text('out')).toBe(received)
})

test('pipelined requests, in pieces that end anywhere', async () => {
  const { wire, tapped } = await echo(true)
  const requests = `${get('/1')}${get('/2')}POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc${get('/3', CLOSE)}`
  for (let at = 0; at < requests.length; at += 7) wire.send(requests.slice(at, at + 7))
  const received = await wire.readToEnd()
  expect(received).toContain('you asked for /3')
  expect(tapped.text('in')).toBe(requests)
  expect(tapped.text('out')).toBe(received)
})

test('a chunked body of 3 MiB there and back', async () => {
  const { wire, tapped } = await echo(true)
  const chunk = `10000\r\n${'0123456789abcdef'.repeat(4096)}\r\n`
  const request = `POST / HTTP/1.1\r\nHost: a\r\n${CLOSE}Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(48)}0\r\n\r\n`
  wire.send(request)
  const received = await wire.readToEnd()
  expect(received.length).toBeGreaterThan(3 * 1024 * 1024)
  expect(received.endsWith('\r\n0\r\n\r\n')).toBe(true)
  expect(digest(tapped.text('in'))).toBe(digest(request))
  expect(digest(tapped.text('out'))).toBe(digest(received))
})

test('switched on and off on a live connection, it hears what was said meanwhile, and no more', async () => {
  const { wire, tapped } = await echo(false)
  const talk = async (target: string) => {
    wire.send(get(target))
    return oneResponse(wire, target)
  }
  await talk('/before')
  for (const round of ['/first', '/second']) {
    tapped.on()
    const received = await talk(round)
    tapped.off()
    expect(tapped.text('in').endsWith(get(round))).toBe(true)
    expect(tapped.text('out').endsWith(received)).toBe(true)
    await talk('/between')
  }
  expect(tapped.text('in')).toBe(get('/first') + get('/second'))
})

test('switched on and off in the middle of bodies, it breaks nothing', async () => {
  const { wire, tapped } = await echo(false)
  const body = 'x'.repeat(3 * 1024 * 1024)
  wire.send(`POST / HTTP/1.1\r\nHost: a\r\n${CLOSE}Content-Length: ${body.length}\r\n\r\n${body.slice(0, 100_000)}`)
  let received = await wire.read(1000)
  for (let at = 100_000, on = true; at < body.length; at += 100_000, on = !on) {
    if (on) tapped.on()
    else tapped.off()
    wire.send(body.slice(at, at + 100_000))
    received += await wire.read(1000)
  }
  received += await wire.readToEnd()
  const [, echoed = ''] = received.split('\r\n\r\n', 2)
  expect(received.endsWith('\r\n0\r\n\r\n')).toBe(true)
  // What is not an x is the framing of the chunks.
  expect(echoed.replaceAll(/[^x]/g, '').length).toBe(body.length)
  expect(tapped.text('in').length).toBeGreaterThan(0)
  expect(tapped.text('in')).toMatch(/^x+$/)
})
