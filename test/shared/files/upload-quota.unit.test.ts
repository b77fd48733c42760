import { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { expect, test } from 'vitest'
import { limitStream, UploadQuota } from '../../../shared/files/upload-quota.ts'

/** A stream with the methods given, and what it has received. */
function target(methods: ConstructorParameters<typeof Writable>[0] = {}) {
  const received: string[] = []
  const stream = new Writable({
    write(chunk: Buffer, _encoding, callback) {
      received.push(String(chunk))
      callback()
    },
    ...methods,
  })
  return { stream, received }
}

const send = (chunks: readonly string[], stream: Writable, quota = 3) =>
  pipeline(
    Readable.from(chunks),
    limitStream(stream, new UploadQuota(quota, { root: '/', folders: [], replaced: '/x' })),
  )

test('passes on what fits, and destroys the target at the first chunk that does not', async () => {
  const { stream, received } = target()
  await expect(send(['ab', 'c', 'd', 'e'], stream)).rejects.toMatchObject({ name: 'FileError', code: 'over-quota' })
  expect(received).toEqual(['ab', 'c'])
  expect(stream.destroyed).toBe(true)
})

test('has finished when the target has written and closed', async () => {
  const order: string[] = []
  const { stream } = target({
    final(callback) {
      order.push('final')
      setImmediate(callback)
    },
    destroy(error, callback) {
      setImmediate(() => {
        order.push('closed')
        callback(error)
      })
    },
  })
  await send(['abc'], stream)
  expect(order).toEqual(['final', 'closed'])
})

test.each([
  [
    'a write',
    { write: (_chunk: unknown, _encoding: unknown, callback: (error: Error) => void) => callback(new Error('disk')) },
  ],
  ['the end', { final: (callback: (error: Error) => void) => callback(new Error('disk')) }],
  ['closing', { destroy: (_error: unknown, callback: (error: Error) => void) => callback(new Error('disk')) }],
])('fails with the error of %s of the target', async (_title, methods) => {
  await expect(send(['abc'], target(methods).stream)).rejects.toThrow('disk')
})
