import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ChunkDecoder } from '../../../../servers/http/http1/chunk-decoder.ts'
import { MalformedRequest } from '../../../../servers/http/http1/malformed-request.ts'
import { RAW_GROUPS } from './raw-cases.ts'

/** Decodes pieces; returns the content and the bytes behind the body, or the status of the error. */
function decode(pieces: readonly Buffer[]) {
  const decoder = new ChunkDecoder()
  const content: Buffer[] = []
  const behind: Buffer[] = []
  try {
    for (const piece of pieces) {
      const decoded = decoder.isDone ? { content: [], taken: 0 } : decoder.push(piece)
      content.push(...decoded.content)
      behind.push(piece.subarray(decoded.taken))
    }
  } catch (error) {
    if (error instanceof MalformedRequest) return { status: error.status }
    throw error
  }
  const text = (buffers: Buffer[]) => Buffer.concat(buffers).toString('latin1')
  return { content: text(content), behind: text(behind), isDone: decoder.isDone }
}

function split(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const positions = [0, ...cuts.map(cut => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
  return positions.slice(1).map((end, index) => bytes.subarray(positions[index], end))
}

function encode(chunks: readonly string[], trailers: string): string {
  const body = chunks.map(chunk => `${chunk.length.toString(16)};x="y"\r\n${chunk}\r\n`)
  return `${body.join('')}0\r\n${trailers}\r\n`
}

test('decodes any content in any split, and leaves the bytes behind the body', () => {
  const chunk = fc.string({ minLength: 1, unit: 'binary-ascii' })
  fc.assert(
    fc.property(fc.array(chunk), fc.array(fc.nat()), fc.string({ unit: 'binary-ascii' }), (chunks, cuts, behind) => {
      const bytes = Buffer.from(encode(chunks, 'X: a\r\n') + behind, 'latin1')
      expect(decode(split(bytes, cuts))).toEqual({ content: chunks.join(''), behind, isDone: true })
    }),
  )
})

test('rejects the same bytes in any split', () => {
  const bodies = RAW_GROUPS.flatMap(({ cases }) => cases)
    .filter(([, bytes]) => /^(?:POST|GET).*\r\nTransfer-Encoding: chunked\r\n\r\n/s.test(bytes))
    .map(([, bytes]) => Buffer.from(bytes.slice(bytes.indexOf('\r\n\r\n') + 4), 'latin1'))
  expect(bodies.length).toBeGreaterThan(30)
  for (const body of bodies) {
    const whole = decode([body])
    expect(decode([...body].map(byte => Buffer.of(byte)))).toEqual(whole)
    expect(decode(split(body, [1, 3]))).toEqual(whole)
  }
})

test('random bytes end with an error or an incomplete body, in any split alike', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.array(fc.nat()), (bytes, cuts) => {
      expect(decode(split(Buffer.from(bytes), cuts))).toEqual(decode([Buffer.from(bytes)]))
    }),
  )
})

test('a line that never ends is an error as soon as it is too long', () => {
  const decoder = new ChunkDecoder()
  expect(() => decoder.push(Buffer.alloc(1_000_000, '5'))).toThrow(MalformedRequest)
})
