/** A file that is being received: under a hidden name in the folder where it will be, renamed when it is complete. */
import { constants } from 'node:fs'
import { copyFile, type FileHandle, open, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { temporaryFileName } from '../../shared/files/file-tree.ts'
import { Refusal } from './replies.ts'

/** Where in the file the upload starts: `end` for APPE, a byte's number after REST. */
export type UploadStart = number | 'end'

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
   * Begins. What is kept of a file that is there already is copied first, so that readers see the old file, whole,
   * until the new one is.
   *
   * @throws Refusal 554 where the upload would start behind the file's end (RFC 3659, section 5.2)
   */
  static async begin(target: string, start: UploadStart): Promise<Upload> {
    const temporary = path.join(path.dirname(target), temporaryFileName())
    try {
      if (start !== 0) await copyExisting(target, temporary)
      const handle = await open(temporary, start === 0 ? 'wx' : 'a')
      const upload = new Upload(handle, temporary, target)
      if (typeof start === 'number' && start > 0) await upload.#cut(start)
      return upload
    } catch (error) {
      await rm(temporary, { force: true })
      throw error
    }
  }

  async #cut(start: number): Promise<void> {
    const { size } = await this.handle.stat()
    if (start <= size) return this.handle.truncate(start)
    await this.handle.close()
    throw new Refusal(554, `The file has only ${size} bytes; it cannot be continued at ${start}`)
  }

  /** The file takes its name. */
  async commit(): Promise<void> {
    await this.handle.close()
    await rename(this.#temporary, this.#target)
  }

  /** Nothing of it stays. */
  async discard(): Promise<void> {
    await this.handle.close()
    await rm(this.#temporary, { force: true })
  }
}

/** APPE and REST on a file that is not there are as good as STOR. */
async function copyExisting(target: string, temporary: string): Promise<void> {
  try {
    await copyFile(target, temporary, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}
