/** A body that a stub streams. Pure. */
import type { StreamedBody } from '../response/response.ts'
import type { Chunk } from './stub-response.ts'

/** The code of a connection that ends early, which the server does not log: here it ends on purpose. */
const ENDS_EARLY = { code: 'ERR_STREAM_PREMATURE_CLOSE' }

interface StreamEnding {
  /** True if the connection breaks after the last chunk. */
  readonly breaks: boolean
  /** The declared length. */
  readonly length: number | undefined
}

export class StubStream implements StreamedBody {
  readonly #iterator: AsyncIterator<Chunk> | Iterator<Chunk>
  readonly #ending: StreamEnding
  #isCancelled = false
  /** Ends the wait for a chunk. */
  #endWait: () => void = () => undefined

  constructor(chunks: AsyncIterable<Chunk> | readonly Chunk[], ending: StreamEnding) {
    this.#iterator = Symbol.asyncIterator in chunks ? chunks[Symbol.asyncIterator]() : chunks[Symbol.iterator]()
    this.#ending = ending
  }

  /** Breaks the connection if the body has another length than the declared one: nothing after it could be read. */
  async *chunks(): AsyncGenerator<Uint8Array> {
    const { breaks, length } = this.#ending
    let size = 0
    for (;;) {
      const next = await this.#next()
      if (!next || next.done) break
      const bytes = toBytes(next.value)
      size += bytes.length
      if (length !== undefined && size > length)
        throw new Error(`the body is longer than its content-length, ${length}`)
      yield bytes
    }
    if (breaks) throw Object.assign(new Error('the stub breaks the connection'), ENDS_EARLY)
    if (length !== undefined && size < length) throw new Error(`the body has ${size} bytes of content-length ${length}`)
  }

  /** Not awaited: a generator ends only when the value that it waits for has arrived. */
  async close(): Promise<void> {
    Promise.resolve(this.#iterator.return?.()).catch(() => undefined)
  }

  cancel(): void {
    this.#isCancelled = true
    this.#endWait()
  }

  /**
   * Returns the next chunk; undefined if the wait for it was cancelled. Not `Promise.race` with one promise of the end: that
   * promise would keep every chunk in memory until the end of the body.
   */
  #next(): IteratorResult<Chunk> | Promise<IteratorResult<Chunk> | undefined> {
    const next = this.#iterator.next()
    if (!('then' in next)) return next
    return new Promise((resolve, reject) => {
      this.#endWait = () => resolve(undefined)
      next.then(resolve, reject)
      if (this.#isCancelled) this.#endWait()
    })
  }
}

function toBytes(chunk: unknown): Uint8Array {
  if (typeof chunk === 'string') return Buffer.from(chunk)
  if (chunk instanceof Uint8Array) return chunk
  throw new Error(`a stub streams a chunk that is neither text nor bytes: ${String(chunk)}`)
}
