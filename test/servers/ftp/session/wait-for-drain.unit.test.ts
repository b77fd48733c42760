import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { waitForDrain } from '../../../../servers/ftp/session/wait-for-drain.ts'

test.each([
  ['takes more', (stream: PassThrough) => void stream.resume()],
  ['is closed', (stream: PassThrough) => void stream.destroy()],
])('a stream that %s is waited for, and no listener stays', async (_what, end) => {
  const stream = new PassThrough({ highWaterMark: 1 })
  const listeners = () => ['drain', 'close'].map(event => stream.listenerCount(event))
  const before = listeners()
  stream.write('more than it holds')
  const waiting = waitForDrain(stream)
  expect(stream.writableNeedDrain).toBe(true)
  end(stream)
  await waiting
  expect(listeners()).toEqual(before)
})
