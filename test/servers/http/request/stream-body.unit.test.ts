/** Bodies that are streamed are not kept in memory: a long one must not fill it. */
import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { streamBody } from '../../../../servers/http/request/stream-body.ts'
import { StubStream } from '../../../../servers/http/stubs/stub-body.ts'
import { collectGarbage } from '../../../helpers/collect-garbage.ts'

const CHUNKS = 20

async function* generate(): AsyncGenerator<Buffer> {
  for (let index = 0; index < CHUNKS; index += 1) yield Buffer.alloc(64 * 1024)
}

const options = { fields: {}, maxBytes: Number.POSITIVE_INFINITY, timeout: 10_000, sendContinue: () => undefined }

test.each([
  ['of a request', () => streamBody(Readable.from(generate()), { ...options, onStart: () => undefined })],
  ['of a stub', () => new StubStream(generate(), { breaks: false, length: undefined }).chunks()],
])('a body %s does not keep the chunks that were taken', async (_title, openBody) => {
  const chunks: WeakRef<object>[] = []
  let kept = CHUNKS
  for await (const chunk of openBody()) {
    chunks.push(new WeakRef(chunk))
    if (chunks.length < CHUNKS) continue
    // A reference that was made or read keeps its object until the end of the current job.
    await new Promise(resolve => setImmediate(resolve))
    collectGarbage()
    kept = chunks.filter(reference => reference.deref() !== undefined).length
  }
  expect(kept).toBeLessThan(CHUNKS / 2)
})
