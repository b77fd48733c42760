import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { setImmediate as nextIteration } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Reply } from '../../../../servers/dns/name-server.ts'
import { Connection, type ConnectionOptions } from '../../../../servers/dns/transport/connection.ts'
import {
  createConnectionServer,
  MAX_CONNECTIONS,
  MAX_PER_ADDRESS,
} from '../../../../servers/dns/transport/connection-server.ts'
import { frame } from '../../../../shared/dns/frames.ts'
import { silentLog } from '../../../../shared/log.ts'
import { ConnectionGuard } from '../../../../shared/net/connection-guard.ts'
import { createTestContext } from '../../../helpers/context.ts'
import { Wire } from '../../../helpers/wire.ts'

/** Starts a server that passes its connections to `accept`; returns its port. */
async function serve(accept: (socket: Socket) => void): Promise<number> {
  const sockets: Socket[] = []
  const server = createServer({ allowHalfOpen: true }, socket => {
    sockets.push(socket)
    socket.on('error', () => {})
    accept(socket)
  }).listen(0, '127.0.0.1')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

const connectionWith = (respond: (query: string) => Reply, options?: ConnectionOptions) =>
  serve(socket => {
    const guard = new ConnectionGuard(socket, silentLog, 'dns')
    new Connection(socket, guard, query => respond(query.toString('latin1')), options)
  })

const frames = (...texts: string[]) => Buffer.concat(texts.map(text => frame(Buffer.from(text))))

/** Reads the next message as text. */
async function next(wire: Wire): Promise<string> {
  const length = Buffer.from(await wire.read(2), 'latin1')
  return length.length < 2 ? '(closed)' : wire.read(length.readUInt16BE(0))
}

/** Creates a promise and the function that resolves it. */
function gate(): { open: () => void; opened: Promise<void> } {
  let open = () => {}
  const opened = new Promise<void>(resolve => {
    open = resolve
  })
  return { open, opened }
}

async function* whenOpen(opened: Promise<void>, text: string): AsyncGenerator<Buffer> {
  await opened
  yield Buffer.from(text)
}

describe('responses', () => {
  test('are sent when they are ready; a fast one does not wait for a slow one', async () => {
    const { open, opened } = gate()
    const port = await connectionWith(query => (query === 'slow' ? whenOpen(opened, 'slow') : Buffer.from(query)))
    const wire = await Wire.connect(port)
    wire.send(frames('slow', 'fast 1', 'fast 2'))
    expect([await next(wire), await next(wire)]).toEqual(['fast 1', 'fast 2'])
    open()
    expect(await next(wire)).toBe('slow')
  })

  test('that are pending are sent after the client has ended its side', async () => {
    const { open, opened } = gate()
    const wire = await Wire.connect(await connectionWith(() => whenOpen(opened, 'late')))
    wire.socket.end(frames('query'))
    await once(wire.socket, 'finish')
    open()
    expect([await next(wire), await next(wire)]).toEqual(['late', '(closed)'])
  })

  test('of several messages are sent in order', async () => {
    async function* three() {
      for (const text of ['one', 'two', 'three']) yield Buffer.from(text)
    }
    const wire = await Wire.connect(await connectionWith(three))
    wire.socket.end(frames('query'))
    expect([await next(wire), await next(wire), await next(wire), await next(wire)]).toEqual([
      'one',
      'two',
      'three',
      '(closed)',
    ])
  })

  test('that fail end the connection', async () => {
    async function* failing() {
      yield Buffer.from('first')
      throw new Error('no more')
    }
    const wire = await Wire.connect(await connectionWith(failing))
    wire.send(frames('query'))
    expect([await next(wire), await next(wire)]).toEqual(['first', '(closed)'])
  })
})

test('32 slow responses are pending at once; further queries wait', async () => {
  const gates: ReturnType<typeof gate>[] = []
  const wire = await Wire.connect(
    await connectionWith(query => {
      const own = gate()
      gates.push(own)
      return whenOpen(own.opened, query)
    }),
  )
  wire.send(frames(...Array.from({ length: 40 }, (_, index) => `query ${index}`)))
  while (gates.length < 32) await nextIteration()
  for (let count = 0; count < 10; count++) await nextIteration()
  expect(gates.length).toBe(32)
  gates[5]?.open()
  expect(await next(wire)).toBe('query 5')
  while (gates.length < 33) await nextIteration()
  for (let opened = 0; opened < gates.length; opened++) {
    gates[opened]?.open()
    await nextIteration()
  }
  for (let count = 0; count < 39; count++) expect(await next(wire)).toMatch(/^query /)
})

test('a client that sends many queries at once lets others run', async () => {
  let iterations = 0
  const seen: number[] = []
  const count = () => {
    iterations++
    timer = setImmediate(count)
  }
  let timer = setImmediate(count)
  onTestFinished(() => clearImmediate(timer))
  let time = 0
  const respond = (query: string) => {
    seen.push(iterations)
    // Longer than a time slice.
    time += 3
    return Buffer.from(query)
  }
  const wire = await Wire.connect(await connectionWith(respond, { now: () => time }))
  wire.send(frames(...Array.from({ length: 10 }, (_, index) => `query ${index}`)))
  for (let index = 0; index < 10; index++) expect(await next(wire)).toBe(`query ${index}`)
  expect(new Set(seen).size).toBe(10)
})

test('an endless response is produced no faster than the client reads, and ends when it disconnects', async () => {
  let produced = 0
  let ended = false
  async function* endless() {
    try {
      for (;;) {
        produced++
        yield Buffer.alloc(60_000)
        await nextIteration()
      }
    } finally {
      ended = true
    }
  }
  const wire = await Wire.connect(await connectionWith(endless))
  wire.socket.pause()
  wire.send(frames('query'))
  // The buffers of the kernel take some megabytes; the response stops when they are full.
  let before = -1
  while (produced !== before) {
    before = produced
    for (let count = 0; count < 200; count++) await nextIteration()
  }
  expect(produced).toBeLessThan(1000)
  wire.socket.destroy()
  while (!ended) await nextIteration()
})

describe('bounds on connections', () => {
  /** Starts a server, and connects clients from the addresses of `addressOf`. */
  async function bounded(addressOf: (count: number) => string) {
    const { context } = await createTestContext({ drainTime: 0 })
    const handle = (query: Buffer) => (query.toString() === 'wait' ? whenOpen(never, '') : query)
    const server = createConnectionServer({ handle }, context)
    onTestFinished(() => server.close())
    const { port } = await server.bind({ host: '127.0.0.1', port: 0 })
    let count = 0
    const connect = async () => {
      const wire = await Wire.connect(port, '127.0.0.1', addressOf(count++))
      wire.send(frames('hello'))
      return { wire, response: await next(wire) }
    }
    return { connect }
  }
  const never = new Promise<void>(() => {})

  test.each([
    ['of one address', MAX_PER_ADDRESS, () => '127.0.0.1'],
    ['in total', MAX_CONNECTIONS, (count: number) => `127.0.${count >> 7}.${1 + (count & 0x7f)}`],
  ])('%s: one more closes the connection that is idle for the longest time', async (_, max, addressOf) => {
    const { connect } = await bounded(addressOf)
    const all: Awaited<ReturnType<typeof connect>>[] = []
    for (let count = 0; count < max; count++) all.push(await connect())
    // The first one sends another query, so the second is idle for the longest time.
    all[0]?.wire.send(frames('again'))
    expect(all[0] && (await next(all[0].wire))).toBe('again')
    expect((await connect()).response).toBe('hello')
    expect(await all[1]?.wire.readToEnd()).toBe('')
    all[0]?.wire.send(frames('still here'))
    expect(all[0] && (await next(all[0].wire))).toBe('still here')
  })

  test('closes the new connection if all others wait for a response', async () => {
    const { connect } = await bounded(() => '127.0.0.1')
    for (let count = 0; count < MAX_PER_ADDRESS; count++) {
      const { wire } = await connect()
      // The response to the next query shows that the server has read both.
      wire.send(frames('wait', 'next'))
      expect(await next(wire)).toBe('next')
    }
    expect((await connect()).response).toBe('(closed)')
  })
})
