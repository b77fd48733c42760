/** Writes a streamed body chunk by chunk. */
import type { Writable } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { StreamedBody } from './response.ts'

/** Chunks after which other connections get their turn: the system takes most chunks at once, so that no wait is one. */
const CHUNKS_PER_TURN = 64

export interface WriteBodyOptions {
  /** True to write it in the chunked transfer coding (RFC 9112, section 7.1). Default: false. */
  readonly isChunked?: boolean
  /** Called with each chunk before it is written. */
  onChunk?(chunk: Uint8Array): void
}

/**
 * Writes all chunks of a body. Waits until the system has one before it requests the next: its buffer may then be used again.
 *
 * @throws the error of the body or of the stream, also if that was destroyed
 */
export async function writeBody(
  stream: Writable,
  body: StreamedBody,
  { isChunked = false, onChunk }: WriteBodyOptions = {},
): Promise<void> {
  let count = 0
  for await (const chunk of body.chunks()) {
    if (chunk.length === 0) continue
    onChunk?.(chunk)
    await writeChunk(stream, chunk, isChunked)
    count += 1
    if (count % CHUNKS_PER_TURN === 0) await nextTurn()
  }
}

function writeChunk(stream: Writable, bytes: Uint8Array, isChunked: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const onWritten = (error: Error | null | undefined) => (error ? reject(error) : resolve())
    if (!isChunked) return void stream.write(bytes, onWritten)
    stream.cork()
    stream.write(`${bytes.length.toString(16)}\r\n`, 'latin1')
    stream.write(bytes)
    stream.write('\r\n', 'latin1', onWritten)
    stream.uncork()
  })
}
