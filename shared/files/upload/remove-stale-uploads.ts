/** Removes what interrupted uploads have left in a tree, for example because the server was killed. */
import { lstat, readdir, rm } from 'node:fs/promises'
import { posix } from 'node:path'
import { errorCode } from '../../errors.ts'
import { OutsideTreeError } from '../file-error.ts'
import { type FileTree, SKIPPED_ERRORS } from '../file-tree.ts'
import type { OpenEntry } from '../open/open-entry.ts'
import { isAbandoned, isTemporary } from './temporary-file.ts'

/**
 * Removes the temporary files of processes of this machine that have ended, and those of other machines that were not written since
 * `before` (in milliseconds since 1970). Resolves with the number of removed files.
 */
export function removeStaleUploads(tree: FileTree, before: number, signal: AbortSignal): Promise<number> {
  return removeIn(tree, '/', before, signal)
}

async function removeIn(tree: FileTree, path: string, before: number, signal: AbortSignal): Promise<number> {
  if (signal.aborted) return 0
  let removed = 0
  try {
    const folder = await tree.openFolder(path)
    const folders = await removeFrom(
      folder,
      () => {
        removed++
      },
      before,
    ).finally(() => folder.close())
    // A link that has replaced the folder meanwhile leads to another folder, which has its own turn.
    if (folder.target !== path) return removed
    for (const name of folders) removed += await removeIn(tree, posix.join(path, name), before, signal)
  } catch (error) {
    if (!(error instanceof OutsideTreeError) && !isSkipped(errorCode(error) ?? '')) throw error
  }
  return removed
}

/** Returns the names of the folders in the folder. */
async function removeFrom(folder: OpenEntry, onRemoved: () => void, before: number): Promise<readonly string[]> {
  const entries = await readdir(folder.path, { withFileTypes: true })
  for (const entry of entries) {
    if (!entry.isFile() || !isTemporary(entry.name)) continue
    const file = folder.entry(entry.name)
    if (!(await isAbandoned(entry.name)) && (await lstat(file)).mtimeMs >= before) continue
    await rm(file, { force: true })
    onRemoved()
  }
  return entries.filter(entry => entry.isDirectory()).map(({ name }) => name)
}

/** A client can move a folder to a place where the paths of its entries are too long. That must not keep the files elsewhere. */
function isSkipped(code: string): boolean {
  return SKIPPED_ERRORS.has(code) || code === 'ENAMETOOLONG'
}
