/**
 * Reads the body of a request in chunks, bounded in size, in the time of each chunk, and in the rate of all: for uploads, which do
 * not fit into memory.
 */
import type { Readable } from 'node:stream'
import { parseExpectation } from './expectation.ts'
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
  if (parseExpectation(fields.expect) === 'continue') sendContinue()
  const wait = new ChunkWait(options.timeout)
  onStart?.(response => wait.fail(new UnreadableBody(response)))
  // The response is sent on the same socket, so that a caller that stops reading must not destroy the stream.
  const chunks: AsyncIterator<Buffer> = stream.iterator({ destroyOnReturn: false })
  const start = performance.now()
  let size = 0
  try {
    for (;;) {
      const { done, value } = await wait.for(chunks.next())
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

/**
 * Waits for one chunk after another; each wait ends early if it takes too long, or the body fails. Not `Promise.race` with one
 * promise of the failure: that promise would keep every chunk in memory until the end of the body.
 */
class ChunkWait {
  readonly #timeout: number
  #failure: UnreadableBody | undefined
  #end: (error: UnreadableBody) => void = () => undefined

  constructor(timeout: number) {
    this.#timeout = timeout
  }

  /** Ends the wait with the error, and all later ones. */
  fail(error: UnreadableBody): void {
    this.#failure = error
    this.#end(error)
  }

  for(chunk: Promise<IteratorResult<Buffer>>): Promise<IteratorResult<Buffer>> {
    const received = new Promise<IteratorResult<Buffer>>((resolve, reject) => {
      this.#end = reject
      chunk.then(resolve, reject)
      if (this.#failure) reject(this.#failure)
    })
    const timer = setTimeout(() => this.#end(new UnreadableBody(requestTimeout())), this.#timeout)
    return received.finally(() => clearTimeout(timer))
  }
}
