/** The bound on how long a client may read nothing, over real sockets. */
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { expect, onTestFinished, test, vi } from 'vitest'
import { StallTimer } from '../../../../servers/http/http1/stall-timer.ts'
import { generateAuthority, issueCertificate } from '../../../../shared/net/tls/certificates.ts'
import { Wire } from '../../../helpers/wire.ts'

const TIMEOUT = 10_000
/** More than the system buffers of a connection hold. */
const LARGE = Buffer.alloc(32 * 1024 * 1024, 'x')

async function connectTo(server: Server, isTls: boolean): Promise<{ socket: Socket; wire: Wire }> {
  server.listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const accepted = once(server, isTls ? 'secureConnection' : 'connection') as Promise<[Socket]>
  const { port } = server.address() as { port: number }
  const wire = await (isTls ? Wire.connectTls(port) : Wire.connect(port))
  const [socket] = await accepted
  onTestFinished(() => void socket.destroy())
  return { socket, wire }
}

async function createSecureServer(): Promise<Server> {
  const now = new Date()
  const { certificate, key } = await issueCertificate(await generateAuthority(now), ['localhost'], now)
  return createTlsServer({ cert: certificate, key })
}

test.each([
  ['TCP', false],
  ['TLS', true],
])('over %s, a client may read one large write slowly, but not stop', async (_title, isTls) => {
  const { socket, wire } = await connectTo(isTls ? await createSecureServer() : createServer(), isTls)
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  onTestFinished(() => void vi.useRealTimers())
  const timer = new StallTimer(socket, TIMEOUT)
  onTestFinished(() => timer.stop())
  socket.write(LARGE)
  for (let part = 0; part < 5; part += 1) {
    await wire.read(3 * 1024 * 1024)
    vi.advanceTimersByTime(TIMEOUT / 2)
    expect(socket.writableLength).toBe(LARGE.length)
    expect(socket.destroyed).toBe(false)
  }
  wire.socket.pause()
  vi.advanceTimersByTime(2 * TIMEOUT)
  expect(socket.destroyed).toBe(true)
})

test('a client that has read everything may be silent', async () => {
  const { socket, wire } = await connectTo(createServer(), false)
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  onTestFinished(() => void vi.useRealTimers())
  const timer = new StallTimer(socket, TIMEOUT)
  onTestFinished(() => timer.stop())
  const written = new Promise(resolve => socket.write('hello', resolve))
  expect(await wire.read(5)).toBe('hello')
  await written
  vi.advanceTimersByTime(5 * TIMEOUT)
  expect(socket.destroyed).toBe(false)
})
