/** The bytes of the files in folders of the tree: what a file quota counts. Does not follow symbolic links. */
import { lstat, opendir, realpath } from 'node:fs/promises'
import path from 'node:path'
import { errorCode } from '../errors.ts'
import { leadsTo } from '../store/account-paths.ts'
import { SKIPPED_ERRORS } from './file-tree.ts'

/** Maximum number of concurrent `lstat` calls of a walk. */
const MAX_CONCURRENT_STATS = 16

/**
 * Returns the bytes of all files in the folders, each counted once.
 *
 * @param root the absolute path of the tree, without symbolic links
 * @param folders paths from the root; one can also be a file
 * @param isCounted is called with the absolute path of each file
 */
export async function bytesInFolders(
  root: string,
  folders: readonly string[],
  isCounted: (file: string) => boolean,
): Promise<number> {
  let bytes = 0
  let batch: string[] = []
  const countBatch = async () => {
    for (const size of await Promise.all(batch.map(sizeOf))) bytes += size
    batch = []
  }
  for (const folder of outermost(folders)) {
    for await (const file of filesIn(path.join(root, ...folder.split('/')))) {
      if (isCounted(file)) batch.push(file)
      if (batch.length === MAX_CONCURRENT_STATS) await countBatch()
    }
  }
  await countBatch()
  return bytes
}

/** Returns the folders that are not in another one. */
function outermost(folders: readonly string[]): string[] {
  return [...new Set(folders)].filter(folder => !folders.some(other => leadsTo(other, [folder])))
}

/** Yields the path itself if it is a file, and otherwise the files below it. */
async function* filesIn(name: string): AsyncGenerator<string> {
  // A folder that is reached by a link is another folder, to which the account's permission does not apply.
  if ((await realpath(name).catch(skip)) !== name) return
  const stats = await lstat(name).catch(skip)
  if (stats?.isFile()) yield name
  if (stats?.isDirectory()) yield* filesBelow(name)
}

async function* filesBelow(folder: string): AsyncGenerator<string> {
  try {
    for await (const entry of await opendir(folder)) {
      const name = path.join(folder, entry.name)
      if (entry.isFile()) yield name
      else if (entry.isDirectory()) yield* filesBelow(name)
    }
  } catch (error) {
    skip(error)
  }
}

async function sizeOf(file: string): Promise<number> {
  return (await lstat(file).catch(skip))?.size ?? 0
}

/** @throws the error, unless a walk skips it */
function skip(error: unknown): undefined {
  const code = errorCode(error) ?? ''
  // A folder that a file has just replaced.
  if (!SKIPPED_ERRORS.has(code) && code !== 'ENOTDIR') throw error
}
