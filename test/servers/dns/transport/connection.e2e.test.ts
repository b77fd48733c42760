import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Reply } from '../../../../servers/dns/name-server.ts'
import { Connection } from '../../../../servers/dns/transport/connection.ts'
import { Connections, MAX_CONNECTIONS, MAX_PER_ADDRESS } from '../../../../servers/dns/transport/connections.ts'
import { frame } from '../../../../shared/dns/frames.ts'
import { silentLog } from '../../../../shared/log.ts'
import { ConnectionGuard } from '../../../../shared/net/connection-guard.ts'
import { createTestContext } from '../../../helpers/context.ts'
import { Wire } from '../../../helpers/wire.ts'

/** A server whose connections are handed over; its port. */
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

const connectionWith = (respond: (query: string) => Reply) =>
  serve(socket => {
    new Connection(socket, new ConnectionGuard(socket, silentLog, 'dns'), query => respond(query.toString('latin1')))
  })

const frames = (...texts: string[]) => Buffer.concat(texts.map(text => frame(Buffer.from(text))))

/** The next message as text. */
async function next(wire: Wire): Promise<string> {
  const length = Buffer.from(await wire.read(2), 'latin1')
  return length.length < 2 ? '(closed)' : wire.read(length.readUInt16BE(0))
}

/** A door that can be waited at. */
function door(): { open: () => void; opened: Promise<void> } {
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

describe('answers', () => {
  test('come as they are ready: a fast one does not wait for a slow one', async () => {
    const { open, opened } = door()
    const port = await connectionWith(query => (query === 'slow' ? whenOpen(opened, 'slow') : Buffer.from(query)))
    const wire = await Wire.connect(port)
    wire.send(frames('slow', 'fast 1', 'fast 2'))
    expect([await next(wire), await next(wire)]).toEqual(['fast 1', 'fast 2'])
    open()
    expect(await next(wire)).toBe('slow')
  })

  test('under way are waited for when the client has ended its side', async () => {
    const { open, opened } = door()
    const wire = await Wire.connect(await connectionWith(() => whenOpen(opened, 'late')))
    wire.socket.end(frames('query'))
    await once(wire.socket, 'finish')
    open()
    expect([await next(wire), await next(wire)]).toEqual(['late', '(closed)'])
  })

  test('of several messages come in their order', async () => {
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

test('of slow answers 32 are under way at once, and what is asked beyond waits for them', async () => {
  const doors: ReturnType<typeof door>[] = []
  const wire = await Wire.connect(
    await connectionWith(query => {
      const own = door()
      doors.push(own)
      return whenOpen(own.opened, query)
    }),
  )
  wire.send(frames(...Array.from({ length: 40 }, (_, index) => `query ${index}`)))
  while (doors.length < 32) await nextTurn()
  for (let turn = 0; turn < 10; turn++) await nextTurn()
  expect(doors.length).toBe(32)
  doors[5]?.open()
  expect(await next(wire)).toBe('query 5')
  while (doors.length < 33) await nextTurn()
  for (let opened = 0; opened < doors.length; opened++) {
    doors[opened]?.open()
    await nextTurn()
  }
  for (let count = 0; count < 39; count++) expect(await next(wire)).toMatch(/^query /)
})

test('a client that asks for much at once leaves turns to others', async () => {
  let turns = 0
  const seen: number[] = []
  const count = () => {
    turns++
    timer = setImmediate(count)
  }
  let timer = setImmediate(count)
  onTestFinished(() => clearImmediate(timer))
  const wire = await Wire.connect(
    await connectionWith(query => {
      seen.push(turns)
      // Longer than a turn lasts, by the clock that is used for it.
      for (const end = performance.now() + 3; performance.now() < end; );
      return Buffer.from(query)
    }),
  )
  wire.send(frames(...Array.from({ length: 10 }, (_, index) => `query ${index}`)))
  for (let index = 0; index < 10; index++) expect(await next(wire)).toBe(`query ${index}`)
  expect(new Set(seen).size).toBe(10)
})

test('of an answer without end no more is asked than the client reads, and nothing once it is gone', async () => {
  let made = 0
  let ended = false
  async function* endless() {
    try {
      for (;;) {
        made++
        yield Buffer.alloc(60_000)
        await nextTurn()
      }
    } finally {
      ended = true
    }
  }
  const wire = await Wire.connect(await connectionWith(endless))
  wire.socket.pause()
  wire.send(frames('query'))
  // The kernel's buffers take some megabytes; what is made stands still when they are full.
  let before = -1
  while (made !== before) {
    before = made
    for (let turn = 0; turn < 200; turn++) await nextTurn()
  }
  expect(made).toBeLessThan(1000)
  wire.socket.destroy()
  while (!ended) await nextTurn()
})

describe('bounds on connections', () => {
  /** Connections of a server, the client's address as a test gives it. */
  async function bounded(addressOf: (count: number) => string) {
    const { context } = await createTestContext()
    const connections = new Connections(
      { handle: query => (query.toString() === 'wait' ? whenOpen(never, '') : query) },
      context,
    )
    let count = 0
    const port = await serve(socket => {
      Object.defineProperty(socket, 'remoteAddress', { value: addressOf(count++) })
      connections.accept(socket, 'tcp')
    })
    const connect = async () => {
      const wire = await Wire.connect(port)
      wire.send(frames('hello'))
      return { wire, answer: await next(wire) }
    }
    onTestFinished(() => connections.close(0))
    return { connect }
  }
  const never = new Promise<void>(() => {})

  test.each([
    ['of one address', MAX_PER_ADDRESS, () => '192.0.2.1'],
    ['in all', MAX_CONNECTIONS, (count: number) => `10.0.${count >> 8}.${count & 0xff}`],
  ])('%s: one more, and the one that has been silent for longest is closed', async (_, most, addressOf) => {
    const { connect } = await bounded(addressOf)
    const all: Awaited<ReturnType<typeof connect>>[] = []
    for (let count = 0; count < most; count++) all.push(await connect())
    // The first one says something again, so that the second has been silent for longest.
    all[0]?.wire.send(frames('again'))
    expect(all[0] && (await next(all[0].wire))).toBe('again')
    expect((await connect()).answer).toBe('hello')
    expect(await all[1]?.wire.readToEnd()).toBe('')
    all[0]?.wire.send(frames('still here'))
    expect(all[0] && (await next(all[0].wire))).toBe('still here')
  })

  test('where all of them wait for an answer, it is the new one that is turned away', async () => {
    const { connect } = await bounded(() => '192.0.2.1')
    for (let count = 0; count < MAX_PER_ADDRESS; count++) {
      const { wire } = await connect()
      // The answer to what comes after it shows that it was read.
      wire.send(frames('wait', 'next'))
      expect(await next(wire)).toBe('next')
    }
    expect((await connect()).answer).toBe('(closed)')
  })
})
