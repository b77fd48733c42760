/** Starts a new file with the first bytes of another one, for an upload that continues it. */
import { constants } from 'node:fs'
import { copyFile, type FileHandle, open } from 'node:fs/promises'
import { FileError } from '../file-error.ts'
import type { OpenEntry } from '../open/open-entry.ts'

/** How much is copied at a time: other sessions have their turn between two. */
const CHUNK_BYTES = 1024 * 1024
/** Windows does not have it. */
const O_NOFOLLOW = constants.O_NOFOLLOW ?? 0

/**
 * Returns a new file that has the first bytes of `source`, open for writing. A file system that shares blocks between files
 * (Btrfs, XFS) copies nothing. Any other has to copy all of it, because the old file stays until the upload is complete.
 *
 * @param file the path of the new file
 * @throws FileError with code `beyond-end` if the source is shorter, or the reason of the signal
 */
export async function copyStart(
  source: OpenEntry,
  file: string,
  length: number,
  signal?: AbortSignal,
): Promise<FileHandle> {
  if (length > CHUNK_BYTES) {
    const clone = await cloneStart(source, file, length)
    if (clone) return clone
  }
  const target = await open(file, 'wx')
  try {
    await copyBytes(source, target, length, signal)
    return target
  } catch (error) {
    await target.close()
    throw error
  }
}

/** Returns undefined if the file system cannot share blocks. */
async function cloneStart(source: OpenEntry, file: string, length: number): Promise<FileHandle | undefined> {
  try {
    await copyFile(source.path, file, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE)
  } catch {
    return undefined
  }
  const target = await open(file, constants.O_WRONLY | O_NOFOLLOW)
  try {
    await target.truncate(length)
    return target
  } catch (error) {
    await target.close()
    throw error
  }
}

async function copyBytes(
  source: OpenEntry,
  target: FileHandle,
  length: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const handle = await source.openForReading()
  try {
    const buffer = Buffer.allocUnsafe(Math.min(length, CHUNK_BYTES))
    for (let position = 0; position < length; ) {
      signal?.throwIfAborted()
      const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, length - position), position)
      if (bytesRead === 0) throw beyondEnd(position, length)
      await target.writeFile(buffer.subarray(0, bytesRead))
      position += bytesRead
    }
  } finally {
    await handle.close()
  }
}

export function beyondEnd(size: number, start: number): FileError {
  return new FileError('beyond-end', `The file has only ${size} bytes; it cannot be continued at ${start}`)
}
