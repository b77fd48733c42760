/** The listener that all TCP and TLS servers share: accepting, bounds, errors, TLS, libraries and closing. */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import type { ConnectionHandler, StreamConnection, StreamServerOptions } from '../../../shared/net/stream-server.ts'
import { StreamServer } from '../../../shared/net/stream-server.ts'
import { openTls } from '../../../shared/net/tls/tls.ts'
import { hello } from '../../../shared/protocols/hello.ts'
import { http } from '../../../shared/protocols/http.ts'
import type { Context } from '../../../shared/service.ts'
import { emptyFolder } from '../../helpers/cli.ts'
import { createTestContext } from '../../helpers/context.ts'
import { recordEvents } from '../../helpers/suite.ts'
import { Wire } from '../../helpers/wire.ts'

const LOCAL = { host: '127.0.0.1', port: 0 }

type Options = StreamServerOptions<ConnectionHandler>

/** Sends `hi`, and ends the socket when the client does or the server closes. */
function greet({ socket, guard }: StreamConnection): ConnectionHandler {
  socket.write('hi\n')
  guard.on('end', () => socket.end())
  socket.resume()
  return { finish: () => socket.end('bye\n') }
}

async function create(options: Partial<Options> = {}, given: Partial<Context> = {}) {
  const { context, logged } = await createTestContext({ drainTime: 0, ...given })
  const whenFull = { action: 'close' } as const
  const server = new StreamServer(context, { protocol: hello, maxConnections: 2, whenFull, handle: greet, ...options })
  onTestFinished(() => server.close())
  return { server, context, logged }
}

async function listen(options: Partial<Options> = {}, given: Partial<Context> = {}) {
  const created = await create(options, given)
  const [endpoint] = await created.server.listen(LOCAL)
  return { ...created, port: endpoint?.port ?? 0 }
}

const tls = async () => openTls({ dataFolder: await emptyFolder() })

/** Connects and waits for the greeting. */
async function greeted(port: number): Promise<Wire> {
  const wire = await Wire.connect(port)
  expect(await wire.line()).toBe('hi')
  return wire
}

test('gives the handler the socket, the transport and the address of the client', async () => {
  const connections: StreamConnection[] = []
  const { port } = await listen({
    handle: connection => greet(connections[connections.push(connection) - 1] as StreamConnection),
  })
  const wire = await greeted(port)
  const { localPort } = wire.socket
  expect(connections).toEqual([
    expect.objectContaining({
      transport: 'tcp',
      peer: { host: '127.0.0.1', port: localPort },
      client: `127.0.0.1:${localPort}`,
    }),
  ])
})

test('traces every connection with the dissector of the protocol', async () => {
  const { port, context } = await listen({
    handle: ({ socket, guard }) => {
      guard.on('data', () => socket.end('answer'))
      return {}
    },
  })
  const recorder = recordEvents(context.trace)
  const wire = await Wire.connect(port)
  wire.send('question')
  await wire.readToEnd()
  wire.socket.end()
  await recorder.until(event => event.kind === 'close')
  expect(recorder.lines()).toEqual([
    'open control',
    'message request 1 question',
    'message response 1 answer',
    'close control',
  ])
})

test('full, action close: closes the next connection; accepts again after one disconnects', async () => {
  const { port } = await listen()
  const first = await greeted(port)
  await greeted(port)
  expect(await (await Wire.connect(port)).readToEnd()).toBe('')
  first.socket.destroy()
  await expect.poll(async () => (await Wire.connect(port)).line()).toBe('hi')
})

test('full, action refuse: the next client gets the refusal, which is traced', async () => {
  const { port, context } = await listen({
    whenFull: { action: 'refuse', refuse: ({ socket }) => socket.write('421 too many\r\n') },
  })
  await greeted(port)
  await greeted(port)
  const recorder = recordEvents(context.trace)
  expect(await (await Wire.connect(port)).readToEnd()).toBe('421 too many\r\n')
  await recorder.until(event => event.kind === 'message' && event.summary.startsWith('421'))
})

test('full: replaces a connection that the server has ended and the client has not', async () => {
  const { port, server } = await listen({
    whenFull: { action: 'refuse', refuse: ({ socket }) => socket.write('421 too many\r\n') },
  })
  const ended = await greeted(port)
  await greeted(port)
  for (const { connection } of server.connections) {
    connection.socket.end()
    break
  }
  expect(await ended.readToEnd()).toBe('')
  await greeted(port)
  expect([...server.connections]).toHaveLength(2)
  expect(await (await Wire.connect(port)).readToEnd()).toBe('421 too many\r\n')
})

test('full: does not look at every open connection for one that the server has ended', async () => {
  let looks = 0
  const { port } = await listen({
    maxConnections: 20,
    whenFull: { action: 'refuse', refuse: ({ socket }) => socket.write('421 too many\r\n') },
    handle: connection => {
      Object.defineProperty(connection.socket, 'writableFinished', { get: () => ++looks && false })
      return greet(connection)
    },
  })
  for (let count = 0; count < 20; count += 1) await greeted(port)
  for (let count = 0; count < 5; count += 1) {
    expect(await (await Wire.connect(port)).readToEnd()).toBe('421 too many\r\n')
  }
  expect(looks).toBe(0)
})

test('full, action evict: finishes the chosen connection and accepts the new one', async () => {
  const { port, server } = await listen({ whenFull: { action: 'evict', choose: open => open[1] } })
  const first = await greeted(port)
  const second = await greeted(port)
  await greeted(port)
  expect(await second.readToEnd()).toBe('bye\n')
  expect([...server.connections]).toHaveLength(2)
  first.socket.end()
  expect(first.socket.destroyed).toBe(false)
})

test('full, action evict: closes the new connection if no other can be evicted', async () => {
  const { port } = await listen({ whenFull: { action: 'evict', choose: () => undefined } })
  await greeted(port)
  await greeted(port)
  expect(await (await Wire.connect(port)).readToEnd()).toBe('')
})

test('bounds the connections of one address; only those are candidates for eviction', async () => {
  const candidates: string[][] = []
  const { server } = await create({
    maxConnections: 10,
    maxPerAddress: 1,
    whenFull: {
      action: 'evict',
      choose: open => {
        candidates.push(open.map(({ connection }) => connection.peer.host))
        return open[0]
      },
    },
  })
  const { port } = await server.bind({ host: '::', port: 0 })
  const other = await Wire.connect(port, '::1')
  const first = await Wire.connect(port)
  expect([await other.line(), await first.line()]).toEqual(['hi', 'hi'])
  await greeted(port)
  expect(await first.readToEnd()).toBe('bye\n')
  expect(candidates).toEqual([['127.0.0.1']])
})

test('destroys and logs an idle connection', async () => {
  const { port, logged } = await listen({ idleTimeout: 20 })
  const wire = await greeted(port)
  expect(await wire.readToEnd()).toBe('')
  expect(JSON.parse(logged.join(''))).toMatchObject({ msg: 'hello: connection failed', error: 'idle for 0.02 s' })
})

test('gives socket errors to onError instead of the log', async () => {
  const errors: string[] = []
  const { port, logged } = await listen({ idleTimeout: 20, onError: error => errors.push(error.message) })
  await (await greeted(port)).readToEnd()
  expect([errors, logged]).toEqual([['idle for 0.02 s'], []])
})

test('an exception in a handler ends only that connection', async () => {
  let count = 0
  const { port, logged } = await listen({
    handle: connection => {
      count += 1
      if (count === 1) throw new Error('a defect')
      return greet(connection)
    },
  })
  expect(await (await Wire.connect(port)).readToEnd()).toBe('')
  await greeted(port)
  expect(logged.join('')).toContain('a defect')
})

test('also listens with TLS if the suite has a certificate, and gives the handler the transport', async () => {
  const transports: string[] = []
  const handle = (connection: StreamConnection) => {
    transports.push(connection.transport)
    return greet(connection)
  }
  const { server } = await create({ protocol: http, alpn: ['x'], handle }, { tls: await tls() })
  const endpoints = await server.listen({ ...LOCAL, tlsPort: 0 })
  expect(endpoints.map(({ scheme, transport }) => [scheme, transport])).toEqual([
    ['http', 'tcp'],
    ['https', 'tls'],
  ])
  const wire = await Wire.connectTls(endpoints[1]?.port ?? 0)
  expect(await wire.line()).toBe('hi')
  expect(transports).toEqual(['tls'])
})

test.each(['tcp', 'tls'])(
  'small writes over %s do not wait until the client acknowledges the one before',
  async transport => {
    const { server } = await create(
      {
        handle: ({ socket, guard }) => {
          guard.on('end', () => socket.end())
          guard.on('data', () => {
            for (const each of ['1\n', '2\n']) socket.write(each)
          })
          return {}
        },
      },
      { tls: await tls() },
    )
    const [plain, secure] = await server.listen({ ...LOCAL, tlsPort: 0 })
    const wire = transport === 'tcp' ? await Wire.connect(plain?.port ?? 0) : await Wire.connectTls(secure?.port ?? 0)
    // An acknowledgement takes 40 ms if the client has nothing to send: rounds that wait for one take longer than a test may.
    for (let round = 0; round < 1000; round += 1) {
      wire.send('next')
      expect([await wire.line(), await wire.line()]).toEqual(['1', '2'])
    }
  },
)

test('listens without TLS if the suite has no certificate', async () => {
  const { server } = await create({ protocol: http, alpn: ['x'] })
  expect(await server.listen({ ...LOCAL, tlsPort: 0 })).toHaveLength(1)
})

test('binds nothing if the TLS port is in use', async () => {
  const other = createServer().listen(LOCAL)
  await once(other, 'listening')
  onTestFinished(() => void other.close())
  const { port: tlsPort } = other.address() as AddressInfo
  const { server } = await create({ protocol: http, alpn: ['x'] }, { tls: await tls() })
  const free = createServer().listen(LOCAL)
  await once(free, 'listening')
  const { port } = free.address() as AddressInfo
  await new Promise(resolve => free.close(resolve))
  await expect(server.listen({ host: '127.0.0.1', port, tlsPort })).rejects.toThrow('--http-tls-port')
  await expect(Wire.connect(port)).rejects.toThrow('ECONNREFUSED')
})

test('binds several addresses; unbinding one keeps its connections', async () => {
  const { server } = await create({ maxConnections: 10 })
  const first = await server.bind(LOCAL)
  const second = await server.bind(LOCAL)
  const wire = await greeted(first.port)
  server.unbind(first)
  await expect(Wire.connect(first.port)).rejects.toThrow('ECONNREFUSED')
  await greeted(second.port)
  expect(wire.socket.destroyed).toBe(false)
})

test('close finishes every connection and resolves when all are closed', async () => {
  const { server, port } = await listen({}, { drainTime: 60_000 })
  const wire = await greeted(port)
  const closing = server.close()
  expect(await wire.readToEnd()).toBe('bye\n')
  wire.socket.end()
  await closing
  await expect(Wire.connect(port)).rejects.toThrow('ECONNREFUSED')
})

test('close aborts connections that are open after the drain time', async () => {
  const aborted: Socket[] = []
  const { server, port } = await listen({
    handle: ({ socket }) => {
      socket.write('hi\n')
      return {
        abort: () => {
          aborted.push(socket)
          socket.destroy()
        },
      }
    },
  })
  const wire = await greeted(port)
  await Promise.all([server.close(), server.close()])
  expect(aborted).toHaveLength(1)
  expect(await wire.readToEnd()).toBe('')
})
