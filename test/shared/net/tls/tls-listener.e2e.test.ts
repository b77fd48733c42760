/** The TLS listener: clients that do not complete the handshake, and closing. */
import { once } from 'node:events'
import { connect as connectPlain } from 'node:net'
import { type ConnectionOptions, connect } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import { createLog } from '../../../../shared/log.ts'
import { openTls } from '../../../../shared/net/tls/tls.ts'
import { TlsListener } from '../../../../shared/net/tls/tls-listener.ts'
import { emptyFolder } from '../../../helpers/cli.ts'
import { Wire } from '../../../helpers/wire.ts'

/** Starts a listener that sends `hello` on accepted connections and keeps them open. */
async function listen(drained: Promise<void> = Promise.resolve()) {
  const logged: string[] = []
  const log = await createLog('info', { write: line => logged.push(line) })
  const tls = await openTls({ dataFolder: await emptyFolder() })
  const options = { service: 'x', tls, protocols: ['x/1', 'x/2'], maxConnections: 10, log }
  const listener = new TlsListener(options, socket => socket.on('error', () => socket.destroy()).write('hello\n'))
  const { port } = await listener.listen({ service: 'x', host: '127.0.0.1', port: 0 })
  onTestFinished(() => listener.close(drained))
  return { port, listener, logged }
}

test.each([
  [['x/2', 'x/1'], 'x/1'],
  [['x/2'], 'x/2'],
  [undefined, false],
])('a client that offers the protocols %j gets %j', async (ALPNProtocols, agreed) => {
  const { port } = await listen()
  const wire = await Wire.connectTls(port, { ...(ALPNProtocols ? { ALPNProtocols } : {}) })
  expect(await wire.line()).toBe('hello')
  expect('alpnProtocol' in wire.socket && wire.socket.alpnProtocol).toBe(agreed)
})

const REFUSED: [string, ConnectionOptions, string][] = [
  ['offers only another protocol', { ALPNProtocols: ['y'] }, 'no application protocol'],
  [
    'supports only TLS 1.1',
    { maxVersion: 'TLSv1.1', minVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' },
    'unsupported protocol',
  ],
]

test.each(REFUSED)('rejects and logs a client that %s', async (_, options, reason) => {
  const { port, logged } = await listen()
  await expect(Wire.connectTls(port, options)).rejects.toThrow('alert')
  expect(logged.join('')).toContain('x: TLS handshake failed')
  expect(logged.join('')).toContain(reason)
})

test('closes and logs a client without TLS, and serves the next client', async () => {
  const { port, logged } = await listen()
  const wire = await Wire.connect(port)
  wire.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  expect(await wire.readToEnd()).not.toContain('hello')
  expect(JSON.parse(logged[0] ?? '')).toMatchObject({
    msg: 'x: TLS handshake failed',
    client: expect.stringMatching(/^127\./),
  })
  expect(await (await Wire.connectTls(port)).line()).toBe('hello')
})

test('a reset during the handshake does not affect other clients', async () => {
  const { port } = await listen()
  const wire = await Wire.connect(port)
  wire.send('\x16\x03\x01')
  wire.socket.resetAndDestroy()
  expect(await (await Wire.connectTls(port)).line()).toBe('hello')
})

test('destroys the oldest pending handshake if there are too many', async () => {
  const { port } = await listen()
  const first = await Wire.connect(port)
  const others: Wire[] = []
  for (let count = 0; count < 100; count++) others.push(await Wire.connect(port))
  expect(await first.readToEnd()).toBe('')
  expect(others.some(({ socket }) => socket.destroyed)).toBe(false)
  expect(await (await Wire.connectTls(port)).line()).toBe('hello')
})

test('closing waits for the drain, then destroys handshakes and connections', async () => {
  const { port, listener } = await listen()
  const secure = await Wire.connectTls(port)
  const handshaking = await Wire.connect(port)
  await secure.line()
  let drain: () => void = () => {}
  const closing = listener.close(
    new Promise<void>(resolve => {
      drain = resolve
    }),
  )
  await expect(Wire.connect(port)).rejects.toThrow('ECONNREFUSED')
  expect(secure.socket.destroyed).toBe(false)
  drain()
  await closing
  expect([await secure.readToEnd(), await handshaking.readToEnd()]).toEqual(['', ''])
})

test('a handshake that completes while the listener closes is not accepted', async () => {
  const { port, listener } = await listen()
  const plain = connectPlain(port, '127.0.0.1')
  onTestFinished(() => void plain.destroy())
  await once(plain, 'connect')
  let drain: () => void = () => {}
  const closing = listener.close(
    new Promise<void>(resolve => {
      drain = resolve
    }),
  )
  const socket = connect({ socket: plain, rejectUnauthorized: false })
  const received: string[] = []
  socket.on('data', bytes => received.push(String(bytes)))
  await once(socket, 'close')
  expect(received).toEqual([])
  drain()
  await closing
})
