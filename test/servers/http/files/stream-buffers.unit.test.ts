import { expect, test } from 'vitest'
import { StreamBuffers } from '../../../../servers/http/files/stream-buffers.ts'

const LARGE = 512 * 1024
const SMALL = 64 * 1024

test('16 streams have large buffers, further ones small buffers', () => {
  const buffers = new StreamBuffers()
  const pairs = Array.from({ length: 18 }, () => buffers.take())
  expect(pairs.map(([first]) => first.length)).toEqual([...Array(16).fill(LARGE), SMALL, SMALL])
  expect(pairs.every(([first, second]) => first.length === second.length && first.buffer !== second.buffer)).toBe(true)
})

test('a released pair is used again, a discarded one is replaced', () => {
  const buffers = new StreamBuffers()
  const pairs = Array.from({ length: 17 }, () => buffers.take())
  for (const pair of [...pairs.slice(0, 2), ...pairs.slice(16)]) buffers.release(pair)
  expect(new Set([buffers.take(), buffers.take()])).toEqual(new Set(pairs.slice(0, 2)))
  expect(buffers.take()[0].length).toBe(SMALL)
  for (const pair of [...pairs.slice(2, 3), ...pairs.slice(16)]) buffers.discard(pair)
  const replacement = buffers.take()
  expect(replacement[0].length).toBe(LARGE)
  expect(pairs).not.toContain(replacement)
  expect(buffers.take()[0].length).toBe(SMALL)
})
