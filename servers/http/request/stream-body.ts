/**
 * Reads the body of a request in chunks, bounded in size, in the time of each chunk, and in the rate of all: for uploads, which do
 * not fit into memory.
 */
import type { Readable } from 'node:stream'
import { contentTooLarge, type ReadBodyOptions, requestTimeout } from './read-body.ts'
import { UnreadableBody } from './unreadable-body.ts'

/** A client that sends slower than this, on average, holds a connection for little use. */
const MIN_BYTES_PER_SECOND = 1024
/** The rate is checked when so many times the timeout of a chunk have passed. */
const RATE_GRACE = 2

/**
 * Yields the chunks of the body.
 *
 * @param options `timeout` is the time of each chunk
 * @throws UnreadableBody if the body is too long (413), too slow (408) or malformed; the rest of it stays unread
 */
export async function* streamBody(stream: Readable, options: ReadBodyOptions): AsyncGenerator<Buffer> {
  const { fields, maxBytes, sendContinue, onStart } = options
  if (Number(fields['content-length'] ?? 0) > maxBytes) throw new UnreadableBody(contentTooLarge(maxBytes))
  if (fields.expect !== undefined) sendContinue()
  const failed = new Promise<never>((_, reject) => onStart?.(response => reject(new UnreadableBody(response))))
  failed.catch(() => undefined)
  // The response is sent on the same socket, so that a caller that stops reading must not destroy the stream.
  const chunks: AsyncIterator<Buffer> = stream.iterator({ destroyOnReturn: false })
  const start = performance.now()
  let size = 0
  try {
    for (;;) {
      const { done, value } = await withTimeout(Promise.race([chunks.next(), failed]), options.timeout)
      if (done) {
        if (options.isComplete?.() === false) throw new Error('the client has cancelled the request')
        return
      }
      size += value.length
      if (size > maxBytes) throw new UnreadableBody(contentTooLarge(maxBytes))
      // The time that the caller takes counts too, but a caller is faster than this rate.
      const seconds = (performance.now() - start) / 1000
      if (seconds * 1000 > RATE_GRACE * options.timeout && size < seconds * MIN_BYTES_PER_SECOND) {
        throw new UnreadableBody(requestTimeout())
      }
      yield value
    }
  } finally {
    // Not awaited: while the stream waits for bytes, it resolves only with them.
    void chunks.return?.()
  }
}

async function withTimeout<Result>(work: Promise<Result>, timeout: number): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  const expired = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new UnreadableBody(requestTimeout())), timeout)
  })
  try {
    return await Promise.race([work, expired])
  } finally {
    clearTimeout(timer)
  }
}
