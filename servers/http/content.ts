/** The bytes of a file: in memory where it is small, read while they are sent where it is not. */
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import type { Body, StreamedBody } from './answer.ts'
import { lengthOf } from './range.ts'
import { type FileState, type Piece, sameState } from './representation.ts'

/** Files up to this are read whole, and may be kept in memory. */
export const MAX_SMALL_FILE_BYTES = 64 * 1024
/** How much of a larger one is in memory at a time. */
const CHUNK_BYTES = 128 * 1024

export type Content = Buffer | OpenFile

/**
 * Opens a file that was just looked at; undefined where it is not in that state any more.
 *
 * @throws the system's error where it cannot be opened or read
 */
export async function openContent(file: string, state: FileState): Promise<Content | undefined> {
  // Without O_NONBLOCK, opening a FIFO that has taken the file's place would wait for its other end.
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

/** Puts the pieces of an answer together. */
export function bodyFrom(content: Content, pieces: readonly Piece[]): Body {
  if (content instanceof OpenFile) return content.body(pieces)
  const [first, ...more] = pieces.map(piece =>
    typeof piece === 'string' ? Buffer.from(piece) : content.subarray(piece.first, piece.last + 1),
  )
  if (first === undefined) return Buffer.alloc(0)
  return more.length === 0 ? first : Buffer.concat([first, ...more])
}

/** A file that is too large to be read whole. */
export class OpenFile {
  readonly #handle: FileHandle

  constructor(handle: FileHandle) {
    this.#handle = handle
  }

  body(pieces: readonly Piece[]): StreamedBody {
    return { chunks: () => this.#read(pieces), close: () => this.#handle.close() }
  }

  async *#read(pieces: readonly Piece[]): AsyncGenerator<Uint8Array> {
    for (const piece of pieces) {
      if (typeof piece === 'string') yield Buffer.from(piece)
      else yield* this.#readRange(piece.first, lengthOf(piece))
    }
  }

  async *#readRange(first: number, length: number): AsyncGenerator<Uint8Array> {
    for (let done = 0; done < length; ) {
      const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, length - done))
      const { bytesRead } = await this.#handle.read(chunk, 0, chunk.length, first + done)
      // What was promised cannot be sent; breaking off is how the client learns of it.
      if (bytesRead === 0) throw new Error('the file became shorter while it was sent')
      yield chunk.subarray(0, bytesRead)
      done += bytesRead
    }
  }
}
