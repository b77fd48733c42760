/** An upload: writes to a hidden temporary file in the target directory, and renames it when it is complete. */
import { constants } from 'node:fs'
import { copyFile, type FileHandle, open, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import type { Writable } from 'node:stream'
import { FileError } from './file-error.ts'
import { temporaryFileName } from './file-tree.ts'

/** The offset at which the upload starts: 0 for a new file, `end` to append (APPE of FTP), a number of bytes to continue (REST). */
export type UploadOffset = number | 'end'

export class Upload {
  readonly #handle: FileHandle
  readonly #temporary: string
  readonly #target: string
  readonly #onChange: () => void

  private constructor(handle: FileHandle, temporary: string, target: string, onChange: () => void) {
    this.#handle = handle
    this.#temporary = temporary
    this.#target = target
    this.#onChange = onChange
  }

  /**
   * Starts an upload. If it continues an existing file, copies that file first, so that readers see the old file until the
   * upload is complete.
   *
   * @param onChange called when the file has its name
   * @throws FileError with code `beyond-end` if the offset is beyond the end of the file
   */
  static async start(target: string, start: UploadOffset, onChange: () => void): Promise<Upload> {
    const temporary = path.join(path.dirname(target), temporaryFileName())
    try {
      if (start !== 0) await copyExisting(target, temporary)
      const handle = await open(temporary, start === 0 ? 'wx' : 'a')
      const upload = new Upload(handle, temporary, target, onChange)
      if (typeof start === 'number' && start > 0) await upload.#truncate(start)
      return upload
    } catch (error) {
      await rm(temporary, { force: true })
      throw error
    }
  }

  async #truncate(start: number): Promise<void> {
    const { size } = await this.#handle.stat()
    if (start <= size) return this.#handle.truncate(start)
    await this.#handle.close()
    throw new FileError('beyond-end', `The file has only ${size} bytes; it cannot be continued at ${start}`)
  }

  /** Returns the stream that writes the content. When it has finished, the content is on the disk. */
  createStream(): Writable {
    return this.#handle.createWriteStream({ flush: true })
  }

  /** Renames the temporary file to the target. When it resolves, content and name survive a crash of the machine. */
  async commit(): Promise<void> {
    // The stream has closed the handle; closing it twice has no effect.
    await this.#handle.close()
    await rename(this.#temporary, this.#target)
    this.#onChange()
    await syncFolder(path.dirname(this.#target))
  }

  /** Removes the temporary file. */
  async discard(): Promise<void> {
    await this.#handle.close()
    await rm(this.#temporary, { force: true })
  }
}

/** Writes the entries of a folder to the disk: a new name is lost in a crash without it. */
async function syncFolder(folder: string): Promise<void> {
  // Windows does not open folders.
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Ignores a missing file: the upload is then a new file. */
async function copyExisting(target: string, temporary: string): Promise<void> {
  try {
    await copyFile(target, temporary, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}
