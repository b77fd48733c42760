/** Files at this end: a download takes its name when it is complete, and a failed one leaves nothing behind. */
import { randomUUID } from 'node:crypto'
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { type Readable, Writable } from 'node:stream'
import { errorCode, errorText, UsageError } from '../../shared/errors.ts'

/** The file meant by what a person gave: in a folder that is there, the file has the remote name. */
export async function targetFile(given: string, remoteName: string): Promise<string> {
  return (await isFolder(given)) ? path.join(given, remoteName) : given
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
 * Writes a file under a hidden name beside its own, and gives it its own at the end.
 *
 * @throws UsageError when it cannot be written
 */
export async function writeWhole(file: string, write: (stream: Writable) => Promise<void>): Promise<void> {
  const partial = path.join(path.dirname(file), `.${path.basename(file)}.${randomUUID()}.part`)
  const handle = await openLocal(partial, 'wx', file)
  try {
    await write(intoHandle(handle, file))
    await handle.close()
    await rename(partial, file)
  } catch (error) {
    await handle.close()
    await rm(partial, { force: true })
    throw error
  }
}

/** A stream of our own, so that what goes wrong on this side is told apart from what goes wrong on the other. */
function intoHandle(handle: FileHandle, file: string): Writable {
  return new Writable({
    write: (bytes, _, done) => {
      handle.appendFile(bytes).then(
        () => done(),
        (error: unknown) => done(localError('write', file, error)),
      )
    },
  })
}

/** Opens a file to send it, before anybody is connected to. */
export async function readLocal<Result>(
  file: string,
  read: (stream: Readable, size: number) => Promise<Result>,
): Promise<Result> {
  if (await isFolder(file)) throw new UsageError(`cannot read ${file}: it is a folder; give a file`)
  const handle = await openLocal(file, 'r', file)
  try {
    return await read(handle.createReadStream(), (await handle.stat()).size)
  } finally {
    await handle.close()
  }
}

async function openLocal(file: string, flags: string, asked: string): Promise<FileHandle> {
  try {
    return await open(file, flags)
  } catch (error) {
    throw localError(flags === 'r' ? 'read' : 'write', asked, error)
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'permission denied',
  ENOSPC: 'no space left',
}

function localError(verb: 'read' | 'write', file: string, cause: unknown): UsageError {
  const why = REASONS[errorCode(cause) ?? ''] ?? errorText(cause)
  return new UsageError(`cannot ${verb} ${file}: ${why}`, { cause })
}
