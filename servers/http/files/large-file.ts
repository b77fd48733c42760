/** A file that is read while it is sent. */
import type { FileHandle } from 'node:fs/promises'
import type { StreamedBody } from '../response/response.ts'
import { type BodySegment, type ByteRange, rangeLength } from './range.ts'
import type { BufferPair, StreamBuffers } from './stream-buffers.ts'

/** A chunk up to this size is copied: a writer may take it before it has written the last one. */
const MAX_COPIED_BYTES = 64 * 1024

export interface OpenFile {
  readonly handle: FileHandle
  close(): Promise<void>
}

export class LargeFile {
  readonly #file: OpenFile
  readonly #buffers: StreamBuffers

  constructor(file: OpenFile, buffers: StreamBuffers) {
    this.#file = file
    this.#buffers = buffers
  }

  body(segments: readonly BodySegment[]): StreamedBody {
    return { chunks: () => this.#readSegments(segments), close: () => this.#file.close() }
  }

  async *#readSegments(segments: readonly BodySegment[]): AsyncGenerator<Uint8Array> {
    const pair = this.#buffers.take()
    let isSent = false
    try {
      for (const segment of segments) {
        if (typeof segment === 'string') yield Buffer.from(segment)
        else yield* readRange(this.#file.handle, segment, pair)
      }
      isSent = true
    } finally {
      // If the client has disconnected, a read or a write can still be using the buffers.
      if (isSent) this.#buffers.release(pair)
      else this.#buffers.discard(pair)
    }
  }
}

/** Yields a range of a file; reads the next chunk while the last one is sent. */
export async function* readRange(handle: FileHandle, range: ByteRange, pair: BufferPair): AsyncGenerator<Uint8Array> {
  const end = range.first + rangeLength(range)
  let [buffer, other] = pair
  let position = range.first
  let reading = readChunk(handle, buffer, position, end)
  while (position < end) {
    const chunk = await reading
    position += chunk.length
    ;[buffer, other] = [other, buffer]
    if (position < end) {
      reading = readChunk(handle, buffer, position, end)
      // It is awaited only when the client has taken this chunk.
      reading.catch(() => undefined)
    }
    yield chunk.length <= MAX_COPIED_BYTES ? Buffer.from(chunk) : chunk
  }
}

async function readChunk(handle: FileHandle, buffer: Buffer, position: number, end: number): Promise<Buffer> {
  const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, end - position), position)
  // Content-Length was already sent; aborting is the only way to signal the error to the client.
  if (bytesRead === 0) throw new Error('the file became shorter while it was sent')
  return buffer.subarray(0, bytesRead)
}
