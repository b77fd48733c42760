import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { TraceEvent } from '../../../shared/trace/event.ts'
import { followFeed, openFeed } from '../../../shared/trace/feed.ts'
import { probeFeed } from '../../../shared/trace/feed-path.ts'
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

/** Opens the feed of a new trace until the end of the test. */
async function startFeed(): Promise<{ trace: Trace; path: string }> {
  const trace = new Trace()
  const feed = await openFeed(trace)
  onTestFinished(() => feed.close())
  return { trace, path: feed.path }
}

test('a follower has received every earlier event when sync resolves', async () => {
  const { trace, path } = await startFeed()
  const received: TraceEvent[] = []
  const follower = await followFeed(path, event => received.push(event))
  for (let exchange = 0; exchange < 1000; exchange += 1) trace.emit({ ...event, exchange })
  await follower.sync()
  expect(received.map(event => 'exchange' in event && event.exchange)).toEqual(
    Array.from({ length: 1000 }, (_, index) => index),
  )
  expect(received[0]).toMatchObject({ bytes: event.bytes, summary: event.summary })
  follower.close()
})

test('a follower activates the trace, and a probe does not', async () => {
  const { trace, path } = await startFeed()
  expect(await probeFeed(path)).toBe('served')
  expect(trace.active).toBe(false)
  const follower = await followFeed(path, () => undefined)
  expect(trace.active).toBe(true)
  follower.close()
  const again = await followFeed(path, () => undefined)
  again.close()
})

test('following a closed feed fails, and the error names its path', async () => {
  const feed = await openFeed(new Trace())
  await feed.close()
  expect(await probeFeed(feed.path)).toBe('gone')
  await expect(followFeed(feed.path, () => undefined)).rejects.toThrow(`no suite serves ${feed.path}`)
})

test('sync rejects if the suite has closed its feed', async () => {
  const feed = await openFeed(new Trace())
  const follower = await followFeed(feed.path, () => undefined)
  await feed.close()
  await expect(follower.sync()).rejects.toThrow('the suite closed its feed')
})

test('disconnects a follower that sends an endless line', async () => {
  const { path } = await startFeed()
  const socket = connect(path)
  socket.on('error', () => socket.destroy())
  socket.write('x'.repeat(10_000))
  await once(socket.resume(), 'close')
  expect(socket.destroyed).toBe(true)
})

test('disconnects a follower that does not read, and the trace stays active meanwhile', async () => {
  const { trace, path } = await startFeed()
  const socket = connect(path)
  socket.on('error', () => socket.destroy())
  socket.write('sync\n')
  await once(socket, 'readable')
  socket.pause()
  const big = { ...event, bytes: new Uint8Array(4096) }
  for (let count = 0; count < 5000; count += 1) trace.emit(big)
  expect(trace.active).toBe(true)
  await once(socket.resume(), 'close')
})

test.each<TraceEvent>([event, { ...event, kind: 'transfer' }, { ...event, kind: 'state' }])(
  'decodes an encoded $kind event',
  original => {
    const { kind, summary, time } = original
    expect(decodeEvent(encodeEvent(original))).toMatchObject({ kind, summary, time })
  },
)

test('rejects a line that is not an event', () => {
  expect(() => decodeEvent('{"kind":"message"}')).toThrow()
  expect(() => decodeEvent('nonsense')).toThrow(SyntaxError)
})

test('following rejects if another program serves the path', async () => {
  const folder = await emptyFolder()
  const feedPath = path.join(folder, 'feed')
  const other = createServer(socket => socket.end('what is this?\n')).listen(feedPath)
  onTestFinished(() => {
    other.close()
  })
  await once(other, 'listening')
  await expect(followFeed(feedPath, () => undefined)).rejects.toThrow('the suite closed its feed')
})
