/**
 * Writes a long file to the disk without a copy in the page cache (`O_DIRECT` of Linux), which takes half of the CPU time: the
 * writer of a file that must be on the disk at its end would wait for the cache to be written anyway.
 */
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { errorCode } from '../../errors.ts'
import type { AlignedParts, Parts } from './aligned-parts.ts'
import { writeAll } from './write-all.ts'

/** Undefined on other systems. */
const O_DIRECT: number | undefined = constants.O_DIRECT

/** A direct write begins at a multiple of this: the size of a page, and of the blocks of a disk. */
export const BLOCK_BYTES = 4096

/** The part that is filled after each part. */
const NEXT = [1, 2, 0] as const
const DONE = Promise.resolve()

export class DirectWriter {
  readonly #direct: FileHandle
  readonly #buffered: FileHandle
  readonly #pool: AlignedParts
  readonly #parts: Parts
  /** The part that is filled, and how many of its bytes are. */
  #filling: 0 | 1 | 2 = 0
  #filled = 0
  /** Where the part that is filled belongs in the file. */
  #position: number
  /** The last write of each part. Once one has failed, it stays. */
  readonly #writes: [Promise<unknown>, Promise<unknown>, Promise<unknown>] = [DONE, DONE, DONE]
  #isClosed = false

  private constructor(direct: FileHandle, buffered: FileHandle, position: number, pool: AlignedParts, parts: Parts) {
    this.#direct = direct
    this.#buffered = buffered
    this.#position = position
    this.#pool = pool
    this.#parts = parts
  }

  /**
   * Starts to write at the end of a file.
   *
   * @param position the size of the file, a multiple of `BLOCK_BYTES`
   * @returns undefined if the file system has no direct writes, or there is no memory for them: `handle` can do all the same
   */
  static async open(handle: FileHandle, position: number, pool: AlignedParts): Promise<DirectWriter | undefined> {
    if (O_DIRECT === undefined) return undefined
    const direct = await open(`/proc/self/fd/${handle.fd}`, constants.O_WRONLY | O_DIRECT).catch(() => undefined)
    const parts = direct && pool.take()
    if (parts) return new DirectWriter(direct, handle, position, pool, parts)
    await direct?.close()
    return undefined
  }

  /**
   * Appends to the file. Resolves when the bytes are copied.
   *
   * @throws the error of the system, also of an earlier write
   */
  async write(chunks: readonly Uint8Array[]): Promise<void> {
    await this.#freePart()
    for (const chunk of chunks) {
      for (let start = 0; start < chunk.length; ) {
        const part = this.#parts[this.#filling]
        const bytes = chunk.subarray(start, start + part.length - this.#filled)
        part.set(bytes, this.#filled)
        this.#filled += bytes.length
        start += bytes.length
        if (this.#filled < part.length) continue
        this.#startWrite()
        await this.#freePart()
      }
    }
  }

  /** Resolves when everything is written. The end of the file, which need not fill a part, stays in the page cache. */
  async end(): Promise<void> {
    await Promise.all(this.#writes)
    const rest = this.#parts[this.#filling].subarray(0, this.#filled)
    const writing = writeAll(this.#buffered, [rest], this.#position)
    this.#writes[this.#filling] = writing
    await writing
  }

  /** Closes its own handle of the file, and gives the memory back. A `write` that waits for the disk fails. Call it once. */
  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.allSettled(this.#writes)
    this.#pool.give(this.#parts)
    await this.#direct.close()
  }

  /** Waits until the part that is filled next has been written. */
  async #freePart(): Promise<void> {
    await this.#writes[this.#filling]
    if (this.#isClosed) throw new Error('the file was closed while it was written')
  }

  #startWrite(): void {
    const writing = this.#writePart(this.#parts[this.#filling], this.#position)
    // A later write, or the end, throws it.
    writing.catch(() => undefined)
    this.#writes[this.#filling] = writing
    this.#position += this.#filled
    this.#filling = NEXT[this.#filling]
    this.#filled = 0
  }

  async #writePart(part: Buffer, position: number): Promise<void> {
    let written = 0
    try {
      while (written < part.length) {
        written += (await this.#direct.write(part, written, part.length - written, position + written)).bytesWritten
      }
    } catch (error) {
      // The blocks of this disk are larger, or the system wrote a part of a block.
      if (errorCode(error) !== 'EINVAL') throw error
      await writeAll(this.#buffered, [part.subarray(written)], position + written)
    }
  }
}
