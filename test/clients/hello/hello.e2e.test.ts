import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { sayHello } from '../../../clients/hello/index.ts'
import { RefusedError, UnreachableError } from '../../../shared/errors.ts'
import { recordEvents, suiteFor } from '../../helpers/suite.ts'

test('says hello and returns the answer', async () => {
  const { hello } = await suiteFor({ services: ['hello'] })
  const reply = await sayHello({ text: 'Good morning', host: hello.host, port: hello.port })
  expect(reply).toEqual({ text: 'Hello from server', server: { host: '127.0.0.1', port: hello.port } })
})

test('both ends tell one conversation with the same id', async () => {
  const suite = await suiteFor({ services: ['hello'] })
  const server = recordEvents(suite.trace)
  const client = recordEvents()
  await sayHello({ port: suite.hello.port }, { trace: client.trace })
  await Promise.all([client, server].map(end => end.until(event => event.kind === 'close')))
  expect(client.lines()).toEqual(server.lines())
  expect(new Set([...client.events, ...server.events].map(event => event.conversation)).size).toBe(1)
})

test('a port where nobody listens is unreachable, and the error says what to start', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  const attempt = sayHello({ port })
  await expect(attempt).rejects.toThrow(UnreachableError)
  await expect(attempt).rejects.toThrow(
    `could not reach 127.0.0.1:${port}: connection refused. Is it running? Start it with: fourwire start hello`,
  )
})

test('a server that closes without a word is an error, not an empty answer', async () => {
  const server = createServer(socket => socket.end()).listen(0, '127.0.0.1')
  onTestFinished(() => {
    server.close()
  })
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  await expect(sayHello({ port })).rejects.toThrow(RefusedError)
})

test('can be cancelled', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => {
    server.close()
  })
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const controller = new AbortController()
  server.on('connection', () => controller.abort(new Error('no longer needed')))
  await expect(sayHello({ port }, { signal: controller.signal })).rejects.toThrow('no longer needed')
})

test('a server that says a byte now and then does not keep a client past its time', async () => {
  const server = createServer(socket => {
    const trickle = setInterval(() => socket.write('x'), 10)
    socket.on('close', () => clearInterval(trickle))
    socket.on('error', () => clearInterval(trickle))
  }).listen(0, '127.0.0.1')
  onTestFinished(() => {
    server.close()
  })
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  await expect(sayHello({ port }, { timeout: 100 })).rejects.toThrow('it did not answer in time')
})
