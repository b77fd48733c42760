/** Reads the entries of a folder for its listing. */
import { readdir } from 'node:fs/promises'
import { errorCode } from '../../../shared/errors.ts'
import { OutsideTreeError } from '../../../shared/files/file-error.ts'
import type { FileTree } from '../../../shared/files/file-tree.ts'
import { isHiddenName, isHiddenPath } from './hidden-path.ts'
import type { FolderEntries, FolderEntry } from './listing.ts'

/** Entries on a page. */
const MAX_ENTRIES = 2000
/** Entries that are read concurrently. */
const BATCH_SIZE = 64

/** Returns the entries in no order. Omits hidden entries, and those that disappear meanwhile, link to a target outside the tree, or are neither files nor folders. */
export async function readFolder(tree: FileTree, path: string): Promise<FolderEntries> {
  const folder = await tree.openFolder(path)
  const all = await readdir(folder.path).finally(() => folder.close())
  const names = all.filter(name => !isHiddenName(name)).sort()
  const shown = names.slice(0, MAX_ENTRIES)
  const entries: FolderEntry[] = []
  for (let start = 0; start < shown.length; start += BATCH_SIZE) {
    const batch = shown.slice(start, start + BATCH_SIZE).map(name => readEntry(tree, path, name))
    for (const entry of await Promise.all(batch)) if (entry) entries.push(entry)
  }
  return { entries, omitted: names.length - shown.length }
}

async function readEntry(tree: FileTree, path: string, name: string): Promise<FolderEntry | undefined> {
  try {
    const entry = await tree.openPath(`${path}${name}`)
    entry.close()
    const { target, stats } = entry
    if (isHiddenPath(target)) return undefined
    if (!stats.isFile() && !stats.isDirectory()) return undefined
    return { name, isFolder: stats.isDirectory(), size: stats.size, modified: stats.mtimeMs }
  } catch (error) {
    if (error instanceof OutsideTreeError || errorCode(error) !== undefined) return undefined
    throw error
  }
}
