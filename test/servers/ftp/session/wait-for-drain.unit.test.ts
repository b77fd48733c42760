import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { waitForDrain } from '../../../../servers/ftp/session/wait-for-drain.ts'

test.each([
  ['accepts more data', (stream: PassThrough) => void stream.resume()],
  ['is closed', (stream: PassThrough) => void stream.destroy()],
])('resolves when the stream %s, and removes its listeners', async (_title, change) => {
  const stream = new PassThrough({ highWaterMark: 1 })
  const listeners = () => ['drain', 'close'].map(event => stream.listenerCount(event))
  const before = listeners()
  stream.write('more than the high-water mark')
  const drained = waitForDrain(stream)
  expect(stream.writableNeedDrain).toBe(true)
  change(stream)
  await drained
  expect(listeners()).toEqual(before)
})
