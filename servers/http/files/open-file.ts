/** Opens a file and builds the body of a response from it: reads a small file at once, a large one while it is sent. */
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import type { Body, StreamedBody } from '../response/response.ts'
import { type BodySegment, rangeLength } from './range.ts'
import { type FileVersion, isSameVersion } from './representation.ts'

/** The server reads files up to this size at once and may cache them. */
export const MAX_SMALL_FILE_BYTES = 64 * 1024
/** How much of a large file is in memory at a time. */
const CHUNK_BYTES = 128 * 1024

/** The bytes of a small file, or a large file to read from. */
export type OpenedFile = Buffer | LargeFile

/**
 * Opens a file; returns undefined if it is no longer in this version.
 *
 * @throws the system error if the file cannot be opened or read
 */
export async function openFile(file: string, version: FileVersion): Promise<OpenedFile | undefined> {
  // Without O_NONBLOCK, opening a FIFO that has replaced the file would block until something writes to it.
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK)
  let isHandedOver = false
  try {
    if (!isSameVersion(await handle.stat(), version)) return undefined
    if (version.size > MAX_SMALL_FILE_BYTES) {
      isHandedOver = true
      return new LargeFile(handle)
    }
    const bytes = await handle.readFile()
    return bytes.length === version.size ? bytes : undefined
  } finally {
    if (!isHandedOver) await handle.close()
  }
}

/** Builds the body of a response from its segments. */
export function bodyFrom(file: OpenedFile, segments: readonly BodySegment[]): Body {
  if (file instanceof LargeFile) return file.body(segments)
  const [first, ...more] = segments.map(segment =>
    typeof segment === 'string' ? Buffer.from(segment) : file.subarray(segment.first, segment.last + 1),
  )
  if (first === undefined) return Buffer.alloc(0)
  return more.length === 0 ? first : Buffer.concat([first, ...more])
}

class LargeFile {
  readonly #handle: FileHandle

  constructor(handle: FileHandle) {
    this.#handle = handle
  }

  body(segments: readonly BodySegment[]): StreamedBody {
    return { chunks: () => this.#read(segments), close: () => this.#handle.close() }
  }

  async *#read(segments: readonly BodySegment[]): AsyncGenerator<Uint8Array> {
    for (const segment of segments) {
      if (typeof segment === 'string') yield Buffer.from(segment)
      else yield* this.#readRange(segment.first, rangeLength(segment))
    }
  }

  async *#readRange(first: number, length: number): AsyncGenerator<Uint8Array> {
    for (let sent = 0; sent < length; ) {
      const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, length - sent))
      const { bytesRead } = await this.#handle.read(chunk, 0, chunk.length, first + sent)
      // Content-Length was already sent; aborting is the only way to signal the error to the client.
      if (bytesRead === 0) throw new Error('the file became shorter while it was sent')
      yield chunk.subarray(0, bytesRead)
      sent += bytesRead
    }
  }
}
