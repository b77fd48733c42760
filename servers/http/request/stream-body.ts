/** Reads the body of a request in chunks, bounded in size and in the time of each chunk: for uploads, which do not fit into memory. */
import type { Readable } from 'node:stream'
import { contentTooLarge, type ReadBodyOptions, requestTimeout } from './read-body.ts'
import { UnreadableBody } from './unreadable-body.ts'

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
