/** Writes a file that must be on the disk at its end. Long files go to the disk while they are written, so that the end is short. */
import type { FileHandle } from 'node:fs/promises'
import type { AlignedParts } from './aligned-parts.ts'
import { BLOCK_BYTES, DirectWriter } from './direct-writer.ts'
import { writeAll } from './write-all.ts'

/** Bytes from which on a file is long: its beginning stays in the page cache, where a reader that follows finds it. */
const LONG_FILE_BYTES = 8 * 1024 * 1024
/** Bytes after which a long file is sent to the disk, if there are no direct writes. */
const SYNC_EVERY_BYTES = 32 * 1024 * 1024

export class DurableWriter {
  readonly #handle: FileHandle
  readonly #parts: AlignedParts
  #position: number
  /** Undefined as long as it is not known whether the file system has direct writes; null if it has none. */
  #direct: DirectWriter | null | undefined
  #bytesSinceSync = 0
  /** Resolves with the error of a `datasync`, if it fails: the system reports an error of the disk once only. */
  #syncing: Promise<unknown> | undefined
  #failure: unknown
  /** The last write. A stream can be destroyed, and its file closed, while it runs. */
  #running: Promise<void> = Promise.resolve()
  #closing: Promise<void> | undefined

  /**
   * @param handle a file that is open for writing
   * @param size of the file, to which it appends
   * @param parts the memory of all writers
   */
  constructor(handle: FileHandle, size: number, parts: AlignedParts) {
    this.#handle = handle
    this.#position = size
    this.#parts = parts
  }

  /** @throws the error of the system, also of an earlier write that failed on its way to the disk */
  write(chunks: readonly Uint8Array[]): Promise<void> {
    this.#running = this.#write(chunks)
    return this.#running
  }

  async #write(chunks: readonly Uint8Array[]): Promise<void> {
    this.#throwFailure()
    if (this.#direct) return this.#direct.write(chunks)
    if (this.#direct === null || this.#position < LONG_FILE_BYTES) return this.#writeBuffered(chunks)
    const bytes = Buffer.concat(chunks)
    const toNextBlock = (BLOCK_BYTES - (this.#position % BLOCK_BYTES)) % BLOCK_BYTES
    await this.#writeBuffered([bytes.subarray(0, toNextBlock)])
    if (bytes.length < toNextBlock) return
    await this.#openDirect()
    await this.#write([bytes.subarray(toNextBlock)])
  }

  /** @throws Error if the file is closed meanwhile */
  async #openDirect(): Promise<void> {
    const direct = await DirectWriter.open(this.#handle, this.#position, this.#parts)
    if (!this.#closing) {
      this.#direct = direct ?? null
      return
    }
    await direct?.close()
    throw new Error('the file was closed while it was written')
  }

  /** Resolves when everything that was written is on the disk. */
  async sync(): Promise<void> {
    await this.#direct?.end()
    await this.#syncing
    this.#throwFailure()
    await this.#handle.datasync()
  }

  /** Closes the handle; closing twice has no effect. A write that still runs can fail. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    const direct = this.#direct
    if (direct) this.#direct = null
    await direct?.close()
    // It uses the handle, and closes the direct writer that it opens meanwhile.
    await this.#running.catch(() => undefined)
    await this.#syncing
    await this.#handle.close()
  }

  async #writeBuffered(chunks: readonly Uint8Array[]): Promise<void> {
    const written = await writeAll(this.#handle, chunks, this.#position)
    this.#position += written
    this.#bytesSinceSync += written
    if (this.#bytesSinceSync >= SYNC_EVERY_BYTES && !this.#syncing) this.#startSync()
  }

  #startSync(): void {
    this.#bytesSinceSync = 0
    this.#syncing = this.#handle
      .datasync()
      .catch((error: unknown) => {
        this.#failure ??= error
      })
      .finally(() => {
        this.#syncing = undefined
      })
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure
  }
}
