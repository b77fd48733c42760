/** Which session gets which passive port. The clock is the test's; the listeners and the connections are real. */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { type LeasedListener, PassiveListeners } from '../../../../servers/ftp/data-connection/passive-listeners.ts'
import { freePort } from '../../../helpers/free-port.ts'
import { openSession, requestPassivePort, sharedSuite } from '../sessions.ts'

const HOST = '127.0.0.1'

const suite = sharedSuite()

function createListeners(range = '0') {
  const time = { ms: 0 }
  const listeners = new PassiveListeners(range, () => time.ms)
  onTestFinished(() => listeners.close())
  return { listeners, time }
}

function connectTo(port: number): Socket {
  const socket = connect({ port, host: HOST })
  socket.on('error', () => {})
  onTestFinished(() => {
    socket.destroy()
  })
  return socket
}

/** Resolves when the connection is closed or reset. */
function closed(socket: Socket): Promise<void> {
  return new Promise(resolve => socket.on('close', () => resolve()).resume())
}

/** A session that counts the connections it gets. It gives its listener back when one arrives. */
class TestSession {
  readonly #listeners: PassiveListeners
  readonly #waiting: (() => void)[] = []
  #lease: LeasedListener | undefined
  connections = 0
  /** Is called when a connection has arrived, before the event loop continues. */
  onRelease: () => void = () => {}

  constructor(listeners: PassiveListeners) {
    this.#listeners = listeners
  }

  async acquire(): Promise<number> {
    this.#lease = await this.#listeners.acquire(HOST, {
      session: this,
      onConnection: socket => this.#accept(socket),
      onError: () => {},
    })
    return this.#lease.port
  }

  /** Acquires a listener and connects to it once. */
  async transfer(): Promise<number> {
    const port = await this.acquire()
    const arrived = new Promise<void>(resolve => this.#waiting.push(resolve))
    connectTo(port)
    await arrived
    return port
  }

  #accept(socket: Socket): void {
    onTestFinished(() => {
      socket.destroy()
    })
    this.connections += 1
    this.#lease?.release()
    this.onRelease()
    this.#waiting.shift()?.()
  }
}

test('a session gets the listener that it had before', async () => {
  const { listeners } = createListeners()
  const sessions = [new TestSession(listeners), new TestSession(listeners), new TestSession(listeners)]
  const ports: number[] = []
  for (const session of sessions) ports.push(await session.transfer())
  for (let round = 0; round < 3; round++) {
    for (const [index, session] of sessions.entries()) expect(await session.transfer()).toBe(ports[index])
  }
})

test('other sessions get a listener two seconds after its last use', async () => {
  const { listeners, time } = createListeners()
  const used: number[] = []
  for (let count = 0; count < 8; count++) used.push(await new TestSession(listeners).transfer())
  expect(new Set(used).size).toBe(8)
  time.ms = 1999
  const port = await new TestSession(listeners).acquire()
  expect(used).not.toContain(port)
  time.ms = 2000
  const later: number[] = []
  for (let count = 0; count < 8; count++) later.push(await new TestSession(listeners).acquire())
  // One of the eight is the listener that is open ahead.
  expect(later.filter(port => used.includes(port)).length).toBeGreaterThanOrEqual(7)
})

test('a connection that no session expects is closed, and its listener rests again', async () => {
  const { listeners, time } = createListeners()
  const session = new TestSession(listeners)
  const port = await session.transfer()
  time.ms = 1999
  await closed(connectTo(port))
  time.ms = 3998
  for (let count = 0; count < 8; count++) expect(await new TestSession(listeners).acquire()).not.toBe(port)
  expect(await session.acquire()).toBe(port)
  expect(session.connections).toBe(1)
})

test('a session that takes over the only port at once does not get the second connection of the previous one', async () => {
  const only = await freePort()
  const { listeners } = createListeners(`${only}-${only}`)
  const [first, next] = [new TestSession(listeners), new TestSession(listeners)]
  const taken = new Promise<number>(resolve => {
    first.onRelease = () => resolve(next.acquire())
  })
  await first.acquire()
  const sockets = [connectTo(only), connectTo(only)]
  expect(await taken).toBe(only)
  // One of the two is the connection of the first session.
  await Promise.race(sockets.map(closed))
  expect([first.connections, next.connections]).toEqual([1, 0])
  const arrived = new Promise<void>(resolve => {
    next.onRelease = resolve
  })
  connectTo(only)
  await arrived
  expect(next.connections).toBe(1)
})

test('if all ports were used lately, a session gets one on which no connection waits, not one on which a connection has just arrived', async () => {
  const port = await freePort()
  const { listeners, time } = createListeners(`${port}-${port + 1}`)
  const ports: number[] = []
  for (const ms of [0, 10]) {
    time.ms = ms
    ports.push(await new TestSession(listeners).transfer())
  }
  const [first = 0, second] = ports
  time.ms = 60
  await closed(connectTo(first))
  expect(await new TestSession(listeners).acquire()).toBe(second)
})

test('if another program uses the rest of the range, a session gets the port of another one', async () => {
  const port = await freePort()
  const other = createServer().listen(port + 1, HOST)
  onTestFinished(() => {
    other.close()
  })
  await once(other, 'listening')
  const { listeners } = createListeners(`${port}-${port + 1}`)
  for (let count = 0; count < 3; count++) expect(await new TestSession(listeners).transfer()).toBe(port)
})

test('a session of the server gets the same port again', async () => {
  const wire = await openSession(suite.port)
  const ports = new Set<number>()
  for (let round = 0; round < 6; round++) {
    const port = await requestPassivePort(wire)
    ports.add(port)
    const data = connectTo(port).resume()
    await wire.play('C: RETR files/hello.txt\nS: 150 *\nS: 226 *')
    await closed(data)
  }
  expect(ports.size).toBe(1)
})
