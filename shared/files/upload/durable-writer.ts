/** Writes a file that must be on the disk at its end. Long files go to the disk while they are written, so that the end is short. */
import type { FileHandle } from 'node:fs/promises'

/** Bytes after which the file is sent to the disk, while more is written. */
const SYNC_EVERY_BYTES = 32 * 1024 * 1024

export class DurableWriter {
  readonly #handle: FileHandle
  #bytesSinceSync = 0
  /** Resolves with the error of a `datasync`, if it fails: the system reports an error of the disk once only. */
  #syncing: Promise<unknown> | undefined
  #failure: unknown

  /** @param handle a file that is open for writing or appending; it writes at the handle's position */
  constructor(handle: FileHandle) {
    this.#handle = handle
  }

  /** @throws the error of the system, also of an earlier write that failed on its way to the disk */
  async write(chunks: readonly Uint8Array[]): Promise<void> {
    this.#throwFailure()
    this.#bytesSinceSync += await writeAll(this.#handle, chunks)
    if (this.#bytesSinceSync >= SYNC_EVERY_BYTES && !this.#syncing) this.#startSync()
  }

  /** Resolves when everything that was written is on the disk. */
  async sync(): Promise<void> {
    await this.#syncing
    this.#throwFailure()
    await this.#handle.datasync()
  }

  /** Closes the handle; closing twice has no effect. */
  async close(): Promise<void> {
    await this.#syncing
    await this.#handle.close()
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

/** Returns the number of bytes. Unlike `FileHandle.writev`, writes everything: the system may write less than it is given. */
async function writeAll(handle: FileHandle, chunks: readonly Uint8Array[]): Promise<number> {
  let rest = chunks.filter(({ length }) => length > 0)
  let written = 0
  while (rest.length > 0) {
    const { bytesWritten } = await handle.writev(rest)
    written += bytesWritten
    rest = withoutFirstBytes(rest, bytesWritten)
  }
  return written
}

function withoutFirstBytes(chunks: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let skipped = 0
  return chunks.flatMap(chunk => {
    const start = Math.min(chunk.length, bytes - skipped)
    skipped += start
    return start < chunk.length ? [chunk.subarray(start)] : []
  })
}
