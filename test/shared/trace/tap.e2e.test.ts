import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import type { Dissector } from '../../../shared/trace/dissector.ts'
import { ftpDataDissector } from '../../../shared/trace/dissectors/ftp/data.ts'
import { ftpDissector } from '../../../shared/trace/dissectors/ftp.ts'
import { helloDissector } from '../../../shared/trace/dissectors/hello.ts'
import { describeHttpHead } from '../../../shared/trace/dissectors/http/describe.ts'
import { tap } from '../../../shared/trace/tap.ts'
import { Trace } from '../../../shared/trace/trace.ts'
import { EventRecorder } from '../../helpers/suite.ts'

/** Two connected sockets. */
async function connectedPair(): Promise<{ client: Socket; server: Socket }> {
  const listener = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1')
  onTestFinished(() => {
    listener.close()
  })
  await once(listener, 'listening')
  const accepted = once(listener, 'connection')
  const { port } = listener.address() as { port: number }
  const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  await once(client, 'connect')
  const [server] = (await accepted) as [Socket]
  onTestFinished(() => {
    client.destroy()
    server.destroy()
  })
  return { client, server }
}

const text = (chunks: readonly Uint8Array[]) => Buffer.concat(chunks).toString('latin1')

/** The members of a socket that a tap has replaced. */
const replacedMembers = (socket: Socket) => ['push', 'write', 'end'].filter(name => Object.hasOwn(socket, name))

async function readAll(socket: Socket): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of socket) chunks.push(chunk)
  return Buffer.concat(chunks).toString('latin1')
}

test('observes every byte once, for every way to write', async () => {
  const { client, server } = await connectedPair()
  const observed: Record<'in' | 'out', Uint8Array[]> = { in: [], out: [] }
  tap(server, { onBytes: (flow, bytes) => observed[flow].push(bytes) })
  server.write('text, ')
  server.write('c3a9', 'hex')
  server.cork()
  server.write(new Uint8Array([0x21]))
  server.write(Buffer.from('?'))
  server.uncork()
  server.end('the end')
  client.end('from the client')
  const [atClient, atServer] = await Promise.all([readAll(client), readAll(server)])
  expect(text(observed.in)).toBe(atServer)
  expect(text(observed.out)).toBe(atClient)
  expect(atClient).toBe('text, \u00c3\u00a9!?the end')
})

test('restores the socket when it is detached', async () => {
  const { client, server } = await connectedPair()
  const observed: Uint8Array[] = []
  const detach = tap(server, { onBytes: (_flow, bytes) => observed.push(bytes) })
  expect(replacedMembers(server)).toEqual(['push', 'write', 'end'])
  detach()
  expect(replacedMembers(server)).toEqual([])
  server.end('after')
  expect(await readAll(client)).toBe('after')
  expect(observed).toEqual([])
})

test('taps a socket only while the trace has a listener', async () => {
  const { client, server } = await connectedPair()
  const trace = new Trace()
  trace.follow(server, { protocol: 'hello', side: 'server', dissector: helloDissector })
  expect(replacedMembers(server)).toEqual([])
  const kinds: string[] = []
  const removeListener = trace.on(event => kinds.push(event.kind))
  client.write('request')
  await once(server, 'data')
  server.write('response')
  removeListener()
  expect(replacedMembers(server)).toEqual([])
  expect(kinds).toEqual(['open', 'message'])
})

test('a listener that throws is reported once and affects neither other listeners nor the connection', async () => {
  const { client, server } = await connectedPair()
  const reported: unknown[] = []
  const trace = new Trace(error => reported.push(error))
  trace.on(() => {
    throw new Error('bad listener')
  })
  const recorder = new EventRecorder(trace)
  trace.follow(server, { protocol: 'hello', side: 'server', dissector: helloDissector })
  server.resume()
  client.end('Hello')
  await once(server, 'end')
  server.end()
  expect(await readAll(client)).toBe('')
  expect(recorder.lines()).toContain('message request 1 Hello')
  expect(reported).toHaveLength(1)
})

test('a data connection belongs to the conversation of its control connection, and to the exchange of the transfer', async () => {
  const control = await connectedPair()
  const data = await connectedPair()
  const trace = new Trace()
  const recorder = new EventRecorder(trace)
  const conversation = trace.follow(control.server, { protocol: 'ftp', side: 'server', dissector: ftpDissector })
  for (const [command, reply] of [
    ['RETR x', '150 opening'],
    ['STAT', '211 under way'],
  ]) {
    control.client.write(`${command}\r\n`)
    await once(control.server, 'data')
    control.server.write(`${reply}\r\n`)
  }
  const dissector = () => ftpDataDissector(() => 0)
  trace.followData(data.server, { protocol: 'ftp', side: 'server', dissector }, conversation)
  data.server.end('content')
  data.client.end()
  await readAll(data.client)
  const closed = await recorder.until(event => event.kind === 'close' && event.channel === 'data')
  expect(closed.conversation).toBe(conversation.id)
  expect(recorder.lines()).toEqual([
    'open control',
    'message request 1 RETR x',
    'message response 1 150 opening',
    'message request 2 STAT',
    'message response 2 211 under way',
    'open data',
    'transfer response 1 server sent 7 bytes',
    'close data',
  ])
})

test('an exception in a dissector is emitted and does not affect the connection', async () => {
  const { client, server } = await connectedPair()
  const trace = new Trace()
  const recorder = new EventRecorder(trace)
  const broken = (): Dissector => ({
    push: () => {
      throw new Error('a defect')
    },
    end: () => [],
  })
  trace.follow(server, { protocol: 'hello', side: 'server', dissector: broken })
  client.end('Hello')
  expect(String((await once(server, 'data'))[0])).toBe('Hello')
  server.end('Hello back')
  expect(await readAll(client)).toBe('Hello back')
  await recorder.until(event => event.kind === 'close')
  expect(recorder.events.map(({ kind, summary }) => `${kind} ${summary}`)).toEqual([
    expect.stringContaining('open'),
    'error the dissector failed: a defect',
    'close connection closed',
  ])
})

test('emits states, faults and errors that the bytes do not show', async () => {
  const { server } = await connectedPair()
  const trace = new Trace()
  const conversation = trace.follow(server, { protocol: 'hello', side: 'server', dissector: helloDissector })
  conversation.emitState('before the first listener')
  const recorder = new EventRecorder(trace)
  conversation.emitState('logged in')
  conversation.emitFault('response delayed by 2 s')
  conversation.emitError('handler failed')
  expect(recorder.events.map(({ kind, summary }) => [kind, summary])).toEqual([
    ['open', expect.stringContaining('connected to')],
    ['state', 'logged in'],
    ['fault', 'response delayed by 2 s'],
    ['error', 'handler failed'],
  ])
})

test('without a dissector it does not touch the socket: the server emits the messages', async () => {
  const { server, client } = await connectedPair()
  const trace = new Trace()
  const conversation = trace.follow(server, { protocol: 'http', side: 'server' })
  expect(conversation.isTraced).toBe(false)
  const recorder = new EventRecorder(trace)
  expect(conversation.isTraced).toBe(true)
  expect(replacedMembers(server)).toEqual([])
  conversation.emitDissected(describeHttpHead('request', 1, 'GET / HTTP/1.1\r\n\r\n'), 1234)
  conversation.emitDissected(describeHttpHead('response', 1, 'HTTP/1.1 204 No\r\n\r\n'))
  client.end()
  server.resume().end()
  await recorder.until(({ kind }) => kind === 'close')
  expect(recorder.lines()).toEqual([
    'open control',
    'message request 1 GET / HTTP/1.1',
    'message response 1 HTTP/1.1 204 No',
    'close control',
  ])
  const [open, request, response] = recorder.events
  expect(request).toMatchObject({ time: 1234, conversation: open?.conversation })
  expect(response?.time).toBeGreaterThanOrEqual(open?.time ?? Number.POSITIVE_INFINITY)
})

test('what a server emits while there is no listener is lost', async () => {
  const { server } = await connectedPair()
  const trace = new Trace()
  const conversation = trace.follow(server, { protocol: 'http', side: 'server' })
  conversation.emitDissected(describeHttpHead('request', 1, 'GET / HTTP/1.1\r\n\r\n'))
  expect(new EventRecorder(trace).lines()).toEqual(['open control'])
})
