import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FrameReader, frame } from '../../../shared/dns/frames.ts'

test('prefixes a message with its length in two bytes', () => {
  expect(frame(Buffer.from('abc'))).toEqual(Buffer.from([0, 3, 0x61, 0x62, 0x63]))
  expect(() => frame(Buffer.alloc(65536))).toThrow(RangeError)
})

test('returns whole messages, whatever the chunks of the stream', () => {
  const messages = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 5 })
  fc.assert(
    fc.property(messages, fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }), (sent, sizes) => {
      const stream = Buffer.concat(sent.map(frame))
      const reader = new FrameReader()
      const received: Buffer[] = []
      for (let at = 0, index = 0; at < stream.length; index++) {
        const size = sizes[index % sizes.length] ?? 1
        received.push(...reader.push(stream.subarray(at, at + size)))
        at += size
      }
      expect(received).toEqual(sent.map(message => Buffer.from(message)))
      expect(reader.pendingBytes).toBe(0)
    }),
  )
})

test('buffers and counts the bytes of an incomplete message', () => {
  const reader = new FrameReader()
  expect(reader.push(Buffer.alloc(0))).toEqual([])
  expect(reader.push(Buffer.from([0]))).toEqual([])
  expect(reader.push(Buffer.from([2, 0x61]))).toEqual([])
  expect(reader.pendingBytes).toBe(3)
  expect(reader.push(Buffer.from([0x62, 0]))).toEqual([Buffer.from('ab')])
  expect(reader.pendingBytes).toBe(1)
})
