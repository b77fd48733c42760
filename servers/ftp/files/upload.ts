/** An upload: writes to a hidden temporary file in the target directory, and renames it when it is complete. */
import { constants } from 'node:fs'
import { copyFile, type FileHandle, open, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { temporaryFileName } from '../../../shared/files/file-tree.ts'
import { ReplyError } from '../session/replies.ts'

/** The offset at which the upload starts: `end` for APPE, a number of bytes after REST. */
export type UploadOffset = number | 'end'

export class Upload {
  readonly handle: FileHandle
  readonly #temporary: string
  readonly #target: string

  private constructor(handle: FileHandle, temporary: string, target: string) {
    this.handle = handle
    this.#temporary = temporary
    this.#target = target
  }

  /**
   * Starts an upload. If it continues an existing file, copies that file first, so that readers see the old file until the
   * upload is complete.
   *
   * @throws ReplyError 554 if the offset is beyond the end of the file (RFC 3659, section 5.2)
   */
  static async start(target: string, start: UploadOffset): Promise<Upload> {
    const temporary = path.join(path.dirname(target), temporaryFileName())
    try {
      if (start !== 0) await copyExisting(target, temporary)
      const handle = await open(temporary, start === 0 ? 'wx' : 'a')
      const upload = new Upload(handle, temporary, target)
      if (typeof start === 'number' && start > 0) await upload.#truncate(start)
      return upload
    } catch (error) {
      await rm(temporary, { force: true })
      throw error
    }
  }

  async #truncate(start: number): Promise<void> {
    const { size } = await this.handle.stat()
    if (start <= size) return this.handle.truncate(start)
    await this.handle.close()
    throw new ReplyError(554, `The file has only ${size} bytes; it cannot be continued at ${start}`)
  }

  /** Renames the temporary file to the target. */
  async commit(): Promise<void> {
    // The stream of the transfer closes the handle too; closing it twice has no effect.
    await this.handle.close()
    await rename(this.#temporary, this.#target)
  }

  /** Removes the temporary file. */
  async discard(): Promise<void> {
    await this.handle.close()
    await rm(this.#temporary, { force: true })
  }
}

/** Ignores a missing file: APPE and REST then work like STOR. */
async function copyExisting(target: string, temporary: string): Promise<void> {
  try {
    await copyFile(target, temporary, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}
