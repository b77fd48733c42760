/** Connections from balancers, at the listener that all servers share. */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { createLog } from '../../../../shared/log.ts'
import { type HeaderReaderOptions, ProxyHeaderReader } from '../../../../shared/net/proxy-protocol/header-reader.ts'
import { TrustedProxies } from '../../../../shared/net/proxy-protocol/trusted-proxies.ts'
import { type StreamConnection, StreamServer } from '../../../../shared/net/stream-server.ts'
import { openTls } from '../../../../shared/net/tls/tls.ts'
import { http } from '../../../../shared/protocols/http.ts'
import type { Context } from '../../../../shared/service.ts'
import { proxyLine } from '../../../helpers/balancer.ts'
import { emptyFolder } from '../../../helpers/cli.ts'
import { createTestContext } from '../../../helpers/context.ts'
import { recordEvents } from '../../../helpers/suite.ts'
import { Wire } from '../../../helpers/wire.ts'

const HEADER = proxyLine('192.0.2.1', '198.51.100.7', [56324, 443])

/** Listens; every connection is answered with what arrives, and the addresses that its handler sees. */
async function listen(given: Partial<Context> = {}, perAddress?: number) {
  const proxies = new TrustedProxies(['127.0.0.1'])
  const { context, logged } = await createTestContext({ drainTime: 0, proxies, ...given })
  const connections: StreamConnection[] = []
  const server = new StreamServer(context, {
    protocol: http,
    maxConnections: 10,
    ...(perAddress !== undefined && { maxPerAddress: perAddress }),
    whenFull: { action: 'refuse', refuse: ({ socket }) => socket.write('full\n') },
    alpn: ['x'],
    handle: connection => {
      connections.push(connection)
      const { socket, guard } = connection
      guard.on('data', (bytes: Buffer) => socket.write(bytes))
      guard.on('end', () => socket.end(`from ${socket.remoteAddress}:${socket.remotePort}\n`))
      return {}
    },
  })
  onTestFinished(() => server.close())
  const endpoints = await server.listen({ host: '127.0.0.1', port: 0, tlsPort: 0 })
  const [plain = 0, secure = 0] = endpoints.map(({ port }) => port)
  return { server, context, logged, connections, port: plain, tlsPort: secure }
}

/** Sends, ends, and reads the answer. */
async function exchange(wire: Wire, ...parts: readonly (string | Uint8Array)[]): Promise<string> {
  for (const part of parts) wire.send(part)
  wire.socket.end()
  return wire.readToEnd()
}

test('the connection has the addresses of the header; the bytes after it belong to the protocol', async () => {
  const { port, connections } = await listen()
  expect(await exchange(await Wire.connect(port), `${HEADER}question `)).toBe('question from 192.0.2.1:56324\n')
  const { socket, ...connection } = connections[0] as StreamConnection
  expect(connection).toMatchObject({
    peer: { host: '192.0.2.1', port: 56324 },
    client: '192.0.2.1:56324',
    localHost: '127.0.0.1',
  })
  expect([socket.localAddress, socket.localPort, socket.localFamily, socket.remoteFamily]).toEqual([
    '198.51.100.7',
    443,
    'IPv4',
    'IPv4',
  ])
})

test('a client can use IPv6 although the balancer uses IPv4', async () => {
  const { port, connections } = await listen()
  const header = proxyLine('2001:db8::1', '2001:db8::7', [56324, 443])
  expect(await exchange(await Wire.connect(port), header)).toBe('from 2001:db8::1:56324\n')
  expect(connections[0]).toMatchObject({ client: '[2001:db8::1]:56324', localHost: '127.0.0.1' })
  expect(connections[0]?.socket.remoteFamily).toBe('IPv6')
})

test('the header can arrive byte by byte, and the first bytes later', async () => {
  const { port, connections } = await listen()
  const wire = await Wire.connect(port)
  wire.socket.setNoDelay(true)
  for (const character of HEADER) await new Promise(resolve => wire.socket.write(character, resolve))
  await expect.poll(() => connections).toHaveLength(1)
  expect(await exchange(wire, 'question ')).toBe('question from 192.0.2.1:56324\n')
})

test('a balancer that names no client is itself the client', async () => {
  const { port } = await listen()
  const wire = await Wire.connect(port)
  const { localPort } = wire.socket
  expect(await exchange(wire, 'PROXY UNKNOWN\r\n')).toBe(`from 127.0.0.1:${localPort}\n`)
})

test('a header from another address is input of the protocol', async () => {
  const { port } = await listen()
  const wire = await Wire.connect(port, '127.0.0.1', '127.0.0.2')
  const { localPort } = wire.socket
  expect(await exchange(wire, HEADER)).toBe(`${HEADER}from 127.0.0.2:${localPort}\n`)
})

test.each([
  ['other bytes', 'GET / HTTP/1.1\r\n\r\n', 'it does not begin with a PROXY protocol header'],
  ['an incomplete header', 'PROXY TCP4 ', 'it ended before the header was complete'],
])('%s from a balancer: closed and logged', async (_title, bytes, reason) => {
  const { port, connections, logged } = await listen()
  const wire = await Wire.connect(port)
  const { localPort } = wire.socket
  expect(await exchange(wire, bytes)).toBe('')
  expect(JSON.parse(logged.join(''))).toMatchObject({
    client: `127.0.0.1:${localPort}`,
    msg:
      `http: closed a connection without a PROXY protocol header: ${reason}. ` +
      'Let the balancer send it (HAProxy: send-proxy), or leave the address out of proxyFrom',
  })
  expect(connections).toEqual([])
})

test('a connection that closes without a byte, as of a check, is not logged', async () => {
  const { port, logged, connections } = await listen()
  expect(await exchange(await Wire.connect(port))).toBe('')
  expect([logged, connections]).toEqual([[], []])
})

test('the limit per address counts the clients of the balancer', async () => {
  const { port } = await listen({}, 1)
  const first = await Wire.connect(port)
  first.send(`${HEADER}question\n`)
  expect(await first.line()).toBe('question')
  const other = await Wire.connect(port)
  other.send(`${proxyLine('192.0.2.2', '198.51.100.7', [1, 443])}question\n`)
  expect(await other.line()).toBe('question')
  const same = await Wire.connect(port)
  same.send(`${HEADER}question\n`)
  expect(await same.readToEnd()).toBe('full\n')
})

test('the trace has the addresses of the header, and the bytes that arrive with it', async () => {
  const { port, context } = await listen()
  const recorder = recordEvents(context.trace)
  await exchange(await Wire.connect(port), `${HEADER}GET /path HTTP/1.1\r\nHost: a\r\n\r\n`)
  const { conversation } = await recorder.until(({ kind }) => kind === 'close')
  expect(conversation).toContain('192.0.2.1:56324')
  expect(conversation).toContain('198.51.100.7:443')
  expect(recorder.lines()).toContain('message request 1 GET /path HTTP/1.1')
})

/** Connects to a TLS port with a header before the handshake. */
async function connectTls(port: number, header: string): Promise<Wire> {
  const wire = await Wire.connect(port)
  wire.send(header)
  return wire.startTls()
}

test('TLS: the header precedes the handshake', async () => {
  const { tlsPort, connections, logged } = await listen({ tls: await openTls({ dataFolder: await emptyFolder() }) })
  expect(await exchange(await connectTls(tlsPort, HEADER), 'question ')).toBe('question from 192.0.2.1:56324\n')
  expect(connections[0]).toMatchObject({ transport: 'tls', client: '192.0.2.1:56324', localHost: '127.0.0.1' })
  const plain = await Wire.connect(tlsPort)
  expect(await exchange(plain, `${HEADER}not a handshake`)).not.toContain('from')
  expect(JSON.parse(logged.join(''))).toMatchObject({ client: '192.0.2.1:56324', msg: 'http: TLS handshake failed' })
})

test('TLS: header and handshake in one segment', async () => {
  const { tlsPort } = await listen({ tls: await openTls({ dataFolder: await emptyFolder() }) })
  const wire = await Wire.connect(tlsPort)
  wire.socket.cork()
  wire.send(HEADER)
  const started = wire.startTls()
  process.nextTick(() => wire.socket.uncork())
  expect(await exchange(await started, 'question ')).toBe('question from 192.0.2.1:56324\n')
})

test('closing does not wait for headers', async () => {
  const { server, port } = await listen({ drainTime: 60_000 })
  const wire = await Wire.connect(port)
  wire.send('PROXY ')
  // The second connection shows that the server has accepted the first.
  expect(await exchange(await Wire.connect(port), `${HEADER}`)).toContain('from')
  await server.close()
  expect(await wire.readToEnd()).toBe('')
})

/** Starts a server whose connections wait for a header, without the listener that all servers share. */
async function startServer(options: Partial<HeaderReaderOptions>, onConnection = (_socket: Socket) => {}) {
  const logged: string[] = []
  const log = await createLog('info', { write: line => logged.push(line) })
  const proxies = new TrustedProxies(['127.0.0.0/8'])
  const server = createServer(onConnection)
  new ProxyHeaderReader({ proxies, service: 'http', log, ...options }).intercept(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return { logged, port: (server.address() as AddressInfo).port }
}

test('closes a connection whose header does not arrive in time', async () => {
  const { logged, port } = await startServer({ timeout: 20 })
  const wire = await Wire.connect(port)
  expect(await wire.readToEnd()).toBe('')
  expect(logged.join('')).toContain('the header did not arrive within 0.02 s')
})

test('at the bound of pending headers, the connection that waits longest is closed', async () => {
  const { port } = await startServer({ maxPending: 1 }, socket => void socket.end('accepted'))
  const first = await Wire.connect(port)
  const second = await Wire.connect(port)
  expect(await first.readToEnd()).toBe('')
  expect(await exchange(second, HEADER)).toBe('accepted')
})

test.each([
  [['192.0.2.1'], '192.0.2.1', true],
  [['192.0.2.1'], '::ffff:192.0.2.1', true],
  [['192.0.2.1'], '192.0.2.2', false],
  [['10.0.0.0/8', '2001:db8::/32'], '10.1.2.3', true],
  [['10.0.0.0/8', '2001:db8::/32'], '2001:db8:1::1', true],
  [['10.0.0.0/8', '2001:db8::/32'], '2001:db9::1', false],
  [['0.0.0.0/0'], '192.0.2.2', true],
  [['192.0.2.1'], '', false],
])('of %j, %j is a balancer: %j', (entries, host, expected) => {
  expect(new TrustedProxies(entries).includes(host)).toBe(expected)
})
