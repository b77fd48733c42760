/** An upload: writes to a hidden temporary file in the target directory, and renames it when it is complete. */
import { constants, type Stats } from 'node:fs'
import { copyFile, type FileHandle, open, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { Writable } from 'node:stream'
import { errorCode } from '../errors.ts'
import { FileError } from './file-error.ts'
import { type FileTree, temporaryFileName } from './file-tree.ts'
import type { UploadQuota } from './upload-quota.ts'

/** The offset at which the upload starts: 0 for a new file, `end` to append (APPE of FTP), a number of bytes to continue (REST). */
export type UploadOffset = number | 'end'

/**
 * Throws if the file must not be changed in its current version, for example because another client has changed it meanwhile.
 *
 * @param current undefined if there is no file
 */
export type VersionCheck = (current: Stats | undefined) => void

export interface CommittedFile {
  /** The stored file. */
  readonly stats: Stats
  /** True if there was no file of this name. */
  readonly isNew: boolean
}

/** Bytes of the content that a stream collects while it writes, so that it writes many chunks at once. */
const STREAM_BYTES = 256 * 1024

export class Upload {
  readonly #tree: FileTree
  readonly #handle: FileHandle
  readonly #temporary: string
  readonly #target: string
  readonly #quota: UploadQuota | undefined

  private constructor(
    tree: FileTree,
    handle: FileHandle,
    { temporary, target, quota }: { temporary: string; target: string; quota: UploadQuota | undefined },
  ) {
    this.#tree = tree
    this.#handle = handle
    this.#temporary = temporary
    this.#target = target
    this.#quota = quota
  }

  /**
   * Starts an upload. If it continues an existing file, copies that file first, so that readers see the old file until the
   * upload is complete.
   *
   * @throws FileError with code `beyond-end` if the offset is beyond the end of the file, `over-quota` if there is no room
   */
  static async start(tree: FileTree, target: string, start: UploadOffset, quota?: UploadQuota): Promise<Upload> {
    const temporary = path.join(path.dirname(target), temporaryFileName())
    let handle: FileHandle | undefined
    try {
      await quota?.measure(path.basename(temporary))
      if (start !== 0) await copyExisting(target, temporary)
      handle = await open(temporary, start === 0 ? 'wx' : 'a')
      if (typeof start === 'number' && start > 0) await truncate(handle, start)
      if (start !== 0) quota?.add((await handle.stat()).size)
      return new Upload(tree, handle, { temporary, target, quota })
    } catch (error) {
      await handle?.close()
      await rm(temporary, { force: true })
      throw error
    }
  }

  /**
   * Appends to the content.
   *
   * @throws FileError with code `over-quota` as soon as the content does not fit
   */
  async write(chunks: readonly Uint8Array[]): Promise<void> {
    for (const chunk of chunks) this.#quota?.add(chunk.length)
    await writeAll(this.#handle, chunks)
  }

  /** Returns a stream that writes the content. It fails with the errors of `write`. */
  createStream(): Writable {
    return new Writable({
      highWaterMark: STREAM_BYTES,
      write: (chunk: Uint8Array, _encoding, callback) => void this.write([chunk]).then(() => callback(), callback),
      writev: (parts, callback) => void this.write(parts.map(({ chunk }) => chunk)).then(() => callback(), callback),
    })
  }

  /**
   * Renames the temporary file to the target. When it resolves, content and name survive a crash of the machine.
   *
   * @param check is called directly before the rename: this process does not change the file in between
   */
  async commit(check?: VersionCheck): Promise<CommittedFile> {
    await this.#handle.datasync()
    await this.#handle.close()
    await this.#quota?.measure(path.basename(this.#temporary))
    const committed = await this.#tree.change(async () => {
      const existing = await statIfExists(this.#target)
      check?.(existing)
      await rename(this.#temporary, this.#target)
      return { stats: await stat(this.#target), isNew: existing === undefined }
    })
    await syncFolder(path.dirname(this.#target))
    return committed
  }

  /** Removes the temporary file. */
  async discard(): Promise<void> {
    await this.#handle.close()
    await rm(this.#temporary, { force: true })
  }
}

/** Unlike `FileHandle.writev`, writes everything: the system may write less than it is given. */
async function writeAll(handle: FileHandle, chunks: readonly Uint8Array[]): Promise<void> {
  let rest = chunks.filter(({ length }) => length > 0)
  while (rest.length > 0) {
    let { bytesWritten } = await handle.writev(rest)
    while (rest[0] && bytesWritten >= rest[0].length) {
      bytesWritten -= rest[0].length
      rest = rest.slice(1)
    }
    if (rest[0] && bytesWritten > 0) rest = [rest[0].subarray(bytesWritten), ...rest.slice(1)]
  }
}

async function truncate(handle: FileHandle, start: number): Promise<void> {
  const { size } = await handle.stat()
  if (start <= size) return handle.truncate(start)
  throw new FileError('beyond-end', `The file has only ${size} bytes; it cannot be continued at ${start}`)
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
    if (errorCode(error) !== 'ENOENT') throw error
  }
}

/** Returns undefined for a file that does not exist. */
export async function statIfExists(file: string): Promise<Stats | undefined> {
  try {
    return await stat(file)
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
    return undefined
  }
}
