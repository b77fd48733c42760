import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { sendHello } from '../../../clients/hello/index.ts'
import { RefusedError, UnreachableError } from '../../../shared/errors.ts'
import { recordEvents, suiteFor } from '../../helpers/suite.ts'

test('sends the text and returns the answer', async () => {
  const { hello } = await suiteFor({ services: ['hello'] })
  const reply = await sendHello({ text: 'Good morning', host: hello.host, port: hello.port })
  expect(reply).toEqual({ text: 'Hello from server', server: { host: '127.0.0.1', port: hello.port } })
})

test('client and server trace one conversation with the same id', async () => {
  const suite = await suiteFor({ services: ['hello'] })
  const server = recordEvents(suite.trace)
  const client = recordEvents()
  await sendHello({ port: suite.hello.port }, { trace: client.trace })
  await Promise.all([client, server].map(end => end.until(event => event.kind === 'close')))
  expect(client.lines()).toEqual(server.lines())
  expect(new Set([...client.events, ...server.events].map(event => event.conversation)).size).toBe(1)
})

test('a port without a server is unreachable, and the error names the command to start it', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  const attempt = sendHello({ port })
  await expect(attempt).rejects.toThrow(UnreachableError)
  await expect(attempt).rejects.toThrow(
    `could not reach 127.0.0.1:${port}: connection refused. Is it running? Start it with: fourwire start hello`,
  )
})

test('rejects if the server closes without an answer', async () => {
  const server = createServer(socket => socket.end()).listen(0, '127.0.0.1')
  onTestFinished(() => {
    server.close()
  })
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  await expect(sendHello({ port })).rejects.toThrow(RefusedError)
})

test('a signal cancels the request', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => {
    server.close()
  })
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const controller = new AbortController()
  server.on('connection', () => controller.abort(new Error('no longer needed')))
  await expect(sendHello({ port }, { signal: controller.signal })).rejects.toThrow('no longer needed')
})

test('times out if the server sends one byte at a time', async () => {
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
  await expect(sendHello({ port }, { timeout: 100 })).rejects.toThrow('it did not answer in time')
})
