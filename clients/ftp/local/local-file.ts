/** Reads and writes local files. An interrupted download leaves no file. */
import { randomUUID } from 'node:crypto'
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { type Readable, Writable } from 'node:stream'
import { errorCode, errorText, UsageError } from '../../../shared/errors.ts'

/** Returns the file to write; if it is an existing folder, a file with the remote name in it. */
export async function resolveLocalFile(fileOrFolder: string, remoteName: string): Promise<string> {
  return (await isFolder(fileOrFolder)) ? path.join(fileOrFolder, remoteName) : fileOrFolder
}

async function isFolder(name: string): Promise<boolean> {
  try {
    return (await stat(name)).isDirectory()
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return false
    throw localError('read', name, error)
  }
}

/**
 * Writes to a hidden temporary file in the same folder, and renames it when `write` has resolved.
 *
 * @throws UsageError if the file cannot be written
 */
export async function writeAtomically<Result>(
  file: string,
  write: (stream: Writable) => Promise<Result>,
): Promise<Result> {
  const temporary = path.join(path.dirname(file), `.${path.basename(file)}.${randomUUID()}.part`)
  const handle = await openLocalFile(temporary, 'wx', file)
  try {
    const result = await write(createStream(handle, file))
    await handle.close()
    await rename(temporary, file)
    return result
  } catch (error) {
    await handle.close()
    await rm(temporary, { force: true })
    throw error
  }
}

/** Creates a stream whose errors are UsageErrors, to distinguish them from errors of the server. */
function createStream(handle: FileHandle, file: string): Writable {
  return new Writable({
    write: (bytes, _, done) => {
      handle.appendFile(bytes).then(
        () => done(),
        (error: unknown) => done(localError('write', file, error)),
      )
    },
  })
}

/** Opens a file, and closes it when `read` has settled. */
export async function readLocalFile<Result>(
  file: string,
  read: (stream: Readable, size: number) => Promise<Result>,
): Promise<Result> {
  if (await isFolder(file)) throw new UsageError(`cannot read ${file}: it is a folder`)
  const handle = await openLocalFile(file, 'r', file)
  try {
    return await read(handle.createReadStream(), (await handle.stat()).size)
  } finally {
    await handle.close()
  }
}

async function openLocalFile(file: string, flags: string, reportedName: string): Promise<FileHandle> {
  try {
    return await open(file, flags)
  } catch (error) {
    throw localError(flags === 'r' ? 'read' : 'write', reportedName, error)
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  EACCES: 'permission denied',
  ENOSPC: 'no space left',
}

/** Creates the error of a local file. */
export function localError(verb: 'read' | 'write' | 'create' | 'delete', file: string, cause: unknown): UsageError {
  const reason = REASONS[errorCode(cause) ?? ''] ?? errorText(cause)
  return new UsageError(`cannot ${verb} ${file}: ${reason}`, { cause })
}
