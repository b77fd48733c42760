import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { TraceEvent } from '../../../shared/trace/event.ts'
import { followFeed, openFeed, probeFeed } from '../../../shared/trace/feed.ts'
import { decodeEvent, encodeEvent } from '../../../shared/trace/sinks/json.ts'
import { Trace } from '../../../shared/trace/trace.ts'
import { emptyFolder } from '../../helpers/cli.ts'

const event: TraceEvent = {
  kind: 'message',
  time: 1234.5,
  protocol: 'dns',
  side: 'server',
  conversation: 'dns:127.0.0.1:1>127.0.0.1:2',
  channel: 'control',
  direction: 'request',
  exchange: 1,
  summary: 'query A x',
  bytes: Uint8Array.of(0, 255),
  size: 2,
}

async function served(): Promise<{ trace: Trace; path: string }> {
  const trace = new Trace()
  const feed = await openFeed(trace)
  onTestFinished(() => feed.close())
  return { trace, path: feed.path }
}

test('a follower hears every event that was told before its sync came back', async () => {
  const { trace, path } = await served()
  const heard: TraceEvent[] = []
  const following = await followFeed(path, one => heard.push(one))
  for (let exchange = 0; exchange < 1000; exchange += 1) trace.emit({ ...event, exchange })
  await following.sync()
  expect(heard.map(one => 'exchange' in one && one.exchange)).toEqual(Array.from({ length: 1000 }, (_, index) => index))
  expect(heard[0]).toMatchObject({ bytes: event.bytes, summary: event.summary })
  following.close()
})

test('the trace is active only while somebody follows; asking whether it is served does not count', async () => {
  const { trace, path } = await served()
  expect(await probeFeed(path)).toBe('served')
  expect(trace.active).toBe(false)
  const following = await followFeed(path, () => undefined)
  expect(trace.active).toBe(true)
  following.close()
  const again = await followFeed(path, () => undefined)
  again.close()
})

test('a feed that nobody serves is refused by name', async () => {
  const feed = await openFeed(new Trace())
  await feed.close()
  expect(await probeFeed(feed.path)).toBe('gone')
  await expect(followFeed(feed.path, () => undefined)).rejects.toThrow(`no suite serves ${feed.path}`)
})

test('a follower learns that the suite closed its feed', async () => {
  const feed = await openFeed(new Trace())
  const following = await followFeed(feed.path, () => undefined)
  await feed.close()
  await expect(following.sync()).rejects.toThrow('the suite closed its feed')
})

test('a follower that talks without end is dropped', async () => {
  const { path } = await served()
  const socket = connect(path)
  socket.on('error', () => socket.destroy())
  socket.write('x'.repeat(10_000))
  await once(socket.resume(), 'close')
})

test('a follower that does not read is dropped, and the suite goes on', async () => {
  const { trace, path } = await served()
  const socket = connect(path)
  socket.on('error', () => socket.destroy())
  socket.write('sync\n')
  await once(socket, 'readable')
  socket.pause()
  const big = { ...event, bytes: new Uint8Array(4096) }
  for (let told = 0; told < 5000; told += 1) trace.emit(big)
  expect(trace.active).toBe(true)
  await once(socket.resume(), 'close')
})

test.each<TraceEvent>([event, { ...event, kind: 'transfer' }, { ...event, kind: 'state' }])(
  'an event survives JSON: $kind',
  one => {
    expect(decodeEvent(encodeEvent(one))).toMatchObject({ kind: one.kind, summary: one.summary, time: one.time })
  },
)

test('a line that is not an event is refused', () => {
  expect(() => decodeEvent('{"kind":"message"}')).toThrow()
  expect(() => decodeEvent('nonsense')).toThrow(SyntaxError)
})

test('whoever serves something else there is no feed, and harms nobody', async () => {
  const folder = await emptyFolder()
  const feedPath = path.join(folder, 'feed')
  const impostor = createServer(socket => socket.end('what is this?\n')).listen(feedPath)
  onTestFinished(() => {
    impostor.close()
  })
  await once(impostor, 'listening')
  await expect(followFeed(feedPath, () => undefined)).rejects.toThrow('the suite closed its feed')
})
