/** The bytes of a file: a small file is read whole, a large one while it is sent. */
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import type { Body, StreamedBody } from '../response/response.ts'
import { lengthOf } from './range.ts'
import { type BodyPart, type FileState, sameState } from './representation.ts'

/** Files up to this size are read whole and may be cached. */
export const MAX_SMALL_FILE_BYTES = 64 * 1024
/** How much of a large file is in memory at a time. */
const CHUNK_BYTES = 128 * 1024

export type Content = Buffer | OpenFile

/**
 * Opens a file; returns undefined if it is no longer in `state`.
 *
 * @throws the system error if the file cannot be opened or read
 */
export async function openContent(file: string, state: FileState): Promise<Content | undefined> {
  // Without O_NONBLOCK, opening a FIFO that has replaced the file would block until something writes to it.
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    if (!sameState(await handle.stat(), state)) return undefined
    if (state.size > MAX_SMALL_FILE_BYTES) return new OpenFile(handle)
    const content = await handle.readFile()
    return content.length === state.size ? content : undefined
  } finally {
    if (state.size <= MAX_SMALL_FILE_BYTES) await handle.close()
  }
}

/** Builds the body of a response from its parts. */
export function bodyFrom(content: Content, parts: readonly BodyPart[]): Body {
  if (content instanceof OpenFile) return content.body(parts)
  const [first, ...more] = parts.map(part =>
    typeof part === 'string' ? Buffer.from(part) : content.subarray(part.first, part.last + 1),
  )
  if (first === undefined) return Buffer.alloc(0)
  return more.length === 0 ? first : Buffer.concat([first, ...more])
}

/** A file that is too large to read whole. */
export class OpenFile {
  readonly #handle: FileHandle

  constructor(handle: FileHandle) {
    this.#handle = handle
  }

  body(parts: readonly BodyPart[]): StreamedBody {
    return { chunks: () => this.#read(parts), close: () => this.#handle.close() }
  }

  async *#read(parts: readonly BodyPart[]): AsyncGenerator<Uint8Array> {
    for (const part of parts) {
      if (typeof part === 'string') yield Buffer.from(part)
      else yield* this.#readRange(part.first, lengthOf(part))
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
