/** Reads the tree of a local folder. */
import type { Stats } from 'node:fs'
import { lstat, readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { errorCode, UsageError } from '../../../shared/errors.ts'
import { localError } from '../local/local-file.ts'
import type { ListNames } from './glob.ts'
import { joinPath, MAX_DEPTH, MAX_ENTRIES, type TreeEntry } from './tree.ts'

/** The files of downloads that are not complete. */
const PARTIAL = /\.fourwire-part(?:\.json)?$/

/** Returns the entry of a file or folder, or of the target of a link; undefined if it does not exist. */
export async function readLocalEntry(file: string): Promise<TreeEntry | undefined> {
  try {
    return toTreeEntry(await stat(file), '')
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return undefined
    throw localError('read', file, error)
  }
}

/**
 * Reads all entries below a folder, except downloads that are not complete. Follows no links.
 *
 * @throws UsageError if a folder cannot be read, or the tree is too large or too deep
 */
export async function readLocalTree(root: string): Promise<TreeEntry[]> {
  const entries: TreeEntry[] = []
  const visit = async (folder: string, depth: number): Promise<void> => {
    if (depth > MAX_DEPTH) throw new UsageError(`cannot read all of ${root}: it is more than ${MAX_DEPTH} folders deep`)
    for (const name of await readdir(path.join(root, folder))) {
      if (PARTIAL.test(name)) continue
      const entry = toTreeEntry(await lstat(path.join(root, folder, name)), joinPath(folder, name))
      entries.push(entry)
      if (entries.length > MAX_ENTRIES) throw new UsageError(`${root} has more than ${MAX_ENTRIES} entries`)
      if (entry.type === 'directory') await visit(entry.path, depth + 1)
    }
  }
  try {
    await visit('', 0)
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw localError('read', root, error)
  }
  return entries
}

/** Returns a function that lists the names in a folder, for patterns. */
export function listLocally(root: string): ListNames {
  return async folder => {
    const entries = await readdir(path.resolve(root, folder), { withFileTypes: true }).catch(() => [])
    return entries.map(entry => ({ name: entry.name, isFolder: entry.isDirectory() }))
  }
}

function toTreeEntry(stats: Stats, relative: string): TreeEntry {
  return { path: relative, type: typeOf(stats), size: stats.size, modified: Math.floor(stats.mtimeMs / 1000) }
}

function typeOf(stats: Stats): TreeEntry['type'] {
  if (stats.isFile()) return 'file'
  if (stats.isDirectory()) return 'directory'
  return stats.isSymbolicLink() ? 'link' : 'unknown'
}
