/** The data folder of a suite: one that the user names, or a temporary one. */
import { rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { errorCode, UsageError } from '../../errors.ts'
import { fileProblem } from '../../files/file-problem.ts'
import { makeFolder } from '../../files/make-folder.ts'

/** An open data folder. */
export interface DataFolder {
  /** Absolute path. */
  readonly path: string
  /** Removes a temporary folder; leaves any other. */
  release(): Promise<void>
}

/**
 * Opens the data folder and creates it if it does not exist.
 *
 * @param named undefined for a temporary folder, which is removed at the end of the process at the latest
 * @throws UsageError if the folder cannot be created
 */
export async function openDataFolder(named: string | undefined): Promise<DataFolder> {
  if (named === undefined) return openTemporaryFolder()
  const folder = path.resolve(named)
  try {
    await makeFolder(folder)
  } catch (cause) {
    throw dataFolderError(folder, cause)
  }
  return { path: folder, release: async () => undefined }
}

/** Replaces a file system error inside the data folder by a UsageError; returns any other error as it is. */
export function describeDataError(error: unknown, { path: folder }: DataFolder): unknown {
  const { code, path: file } = Object(error) as NodeJS.ErrnoException
  if (code === undefined || !file?.startsWith(folder + path.sep)) return error
  return dataFolderError(folder, error, path.relative(folder, file))
}

function dataFolderError(folder: string, cause: unknown, inner?: string): UsageError {
  const reason = errorCode(cause) === 'ENOENT' ? 'the file system does not allow new folders there' : fileProblem(cause)
  const place = inner === undefined ? '' : ` (${inner})`
  return new UsageError(`cannot use data folder ${folder}: ${reason}${place}. Choose another with --data`, { cause })
}

/** Temporary folders of this process that are not released yet. */
const temporary = new Set<string>()

async function openTemporaryFolder(): Promise<DataFolder> {
  if (temporary.size === 0) process.once('exit', removeTemporaryFolders)
  const folder = await mkdtemp(path.join(os.tmpdir(), 'fourwire-'))
  temporary.add(folder)
  const release = async () => {
    await rm(folder, { recursive: true, force: true })
    temporary.delete(folder)
    if (temporary.size === 0) process.off('exit', removeTemporaryFolders)
  }
  return { path: folder, release }
}

/** Runs when the process exits, where only synchronous calls work: a suite may never have been closed. */
function removeTemporaryFolders(): void {
  for (const folder of temporary) rmSync(folder, { recursive: true, force: true })
}
