import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import type { Dissector } from '../../../shared/trace/dissector.ts'
import { ftpDataDissector, ftpDissector } from '../../../shared/trace/dissectors/ftp.ts'
import { helloDissector } from '../../../shared/trace/dissectors/hello.ts'
import { tap } from '../../../shared/trace/tap.ts'
import { Trace } from '../../../shared/trace/trace.ts'
import { EventRecorder } from '../../helpers/suite.ts'

async function pair(): Promise<{ client: Socket; server: Socket }> {
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

const text = (parts: readonly Uint8Array[]) => Buffer.concat(parts).toString('latin1')

/** What a tap puts on a socket. */
const tapped = (socket: Socket) => ['push', 'write', 'end'].filter(name => Object.hasOwn(socket, name))

async function readAll(socket: Socket): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of socket) parts.push(part)
  return Buffer.concat(parts).toString('latin1')
}

test('the tap tells every byte once, in and out, however it was written', async () => {
  const { client, server } = await pair()
  const heard: Record<'in' | 'out', Uint8Array[]> = { in: [], out: [] }
  tap(server, { onBytes: (way, bytes) => heard[way].push(bytes) })
  server.write('text, ')
  server.write('c3a9', 'hex')
  server.cork()
  server.write(new Uint8Array([0x21]))
  server.write(Buffer.from('?'))
  server.uncork()
  server.end('the end')
  client.end('from the client')
  const [atClient, atServer] = await Promise.all([readAll(client), readAll(server)])
  expect(text(heard.in)).toBe(atServer)
  expect(text(heard.out)).toBe(atClient)
  expect(atClient).toBe('text, \u00c3\u00a9!?the end')
})

test('taken off, the socket is as it was, and bytes go on', async () => {
  const { client, server } = await pair()
  const told: Uint8Array[] = []
  const off = tap(server, { onBytes: (_way, bytes) => told.push(bytes) })
  expect(tapped(server)).toEqual(['push', 'write', 'end'])
  off()
  expect(tapped(server)).toEqual([])
  server.end('after')
  expect(await readAll(client)).toBe('after')
  expect(told).toEqual([])
})

test('nothing is put on a socket while nobody listens; a listener is heard from its first moment to its last', async () => {
  const { client, server } = await pair()
  const trace = new Trace()
  trace.follow(server, { protocol: 'hello', side: 'server', dissector: helloDissector })
  expect(tapped(server)).toEqual([])
  const kinds: string[] = []
  const off = trace.on(event => kinds.push(event.kind))
  client.write('said')
  await once(server, 'data')
  server.write('answered')
  off()
  expect(tapped(server)).toEqual([])
  expect(kinds).toEqual(['open', 'message'])
})

test('a listener that throws is reported once and affects neither other listeners nor the connection', async () => {
  const { client, server } = await pair()
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

test('a data connection is a part of its control connection’s conversation, and of the request that it serves', async () => {
  const control = await pair()
  const data = await pair()
  const trace = new Trace()
  const recorder = new EventRecorder(trace)
  const conversation = trace.follow(control.server, { protocol: 'ftp', side: 'server', dissector: ftpDissector })
  for (const [command, reply] of [
    ['RETR x', '150 here it comes'],
    ['STAT', '211 under way'],
  ]) {
    control.client.write(`${command}\r\n`)
    await once(control.server, 'data')
    control.server.write(`${reply}\r\n`)
  }
  trace.followData(data.server, { protocol: 'ftp', side: 'server', dissector: ftpDataDissector }, conversation)
  data.server.end('content')
  data.client.end()
  await readAll(data.client)
  const closed = await recorder.until(event => event.kind === 'close' && event.channel === 'data')
  expect(closed.conversation).toBe(conversation.id)
  expect(recorder.lines()).toEqual([
    'open control',
    'message request 1 RETR x',
    'message response 1 150 here it comes',
    'message request 2 STAT',
    'message response 2 211 under way',
    'open data',
    'transfer response 1 server sent 7 bytes',
    'close data',
  ])
})

test('a dissector that fails ends the telling, and neither the connection nor the process', async () => {
  const { client, server } = await pair()
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
  server.end('and back')
  expect(await readAll(client)).toBe('and back')
  await recorder.until(event => event.kind === 'close')
  expect(recorder.events.map(({ kind, summary }) => `${kind} ${summary}`)).toEqual([
    expect.stringContaining('open'),
    'error the dissector failed: a defect',
    'close connection closed',
  ])
})

test('a conversation can tell what cannot be read from its bytes', async () => {
  const { server } = await pair()
  const trace = new Trace()
  const conversation = trace.follow(server, { protocol: 'hello', side: 'server', dissector: helloDissector })
  conversation.emitState('nobody hears this')
  const recorder = new EventRecorder(trace)
  conversation.emitState('logged in')
  conversation.emitFault('answer delayed by 2 s')
  conversation.emitError('handler failed')
  expect(recorder.events.map(({ kind, summary }) => [kind, summary])).toEqual([
    ['open', expect.stringContaining('connected to')],
    ['state', 'logged in'],
    ['fault', 'answer delayed by 2 s'],
    ['error', 'handler failed'],
  ])
})
