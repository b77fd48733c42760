/** Removes a directory with all that is in it. */
import { RefusedError, UsageError } from '../../../shared/errors.ts'
import type { FtpEntry } from '../session/entry.ts'
import { FAILED } from '../session/error.ts'
import type { SessionPool } from '../session/pool.ts'
import { baseName } from '../target.ts'
import { forEachParallel } from '../transfer/parallel.ts'
import { joinPath, MAX_DEPTH } from '../transfer/tree.ts'
import { withoutSlash } from './remote-sources.ts'

/** What was removed. Links count as files. */
export interface RemovedCounts {
  files: number
  directories: number
}

/**
 * Removes a file, a link, or a directory with all that is in it. Follows no links.
 *
 * @throws UsageError for the root, and for paths that end with `.` or `..`
 * @throws RefusedError if the server refuses to remove an entry; others may be removed
 */
export async function removeTree(pool: SessionPool, path: string): Promise<Readonly<RemovedCounts>> {
  const root = withoutSlash(path)
  if (/^\.{0,2}$/.test(baseName(root))) {
    throw new UsageError(
      `${JSON.stringify(path)} does not end with a name. rm -r removes a file or directory by its name`,
    )
  }
  const { type } = await pool.run(session => session.stat(root))
  const counts = { files: 0, directories: 0 }
  await removeEntry(pool, root, type, 0, counts)
  return counts
}

/** Removes an entry. */
async function removeEntry(
  pool: SessionPool,
  path: string,
  type: FtpEntry['type'],
  depth: number,
  counts: RemovedCounts,
): Promise<void> {
  if (depth > MAX_DEPTH) throw new RefusedError(FAILED, `${path} is more than ${MAX_DEPTH} folders deep`)
  if (type !== 'directory' || (await isRemovedAsLink(pool, path))) {
    if (type !== 'directory') await pool.run(session => session.removeFile(path))
    counts.files += 1
    return
  }
  const entries = await pool.run(session => session.list(path))
  const children = entries.filter(({ name }) => name !== '.' && name !== '..')
  const files = children.filter(child => child.type !== 'directory')
  await forEachParallel(files, pool.limit, file =>
    removeEntry(pool, joinPath(path, file.name), file.type, depth + 1, counts),
  )
  for (const { name, type } of children) {
    if (type === 'directory') await removeEntry(pool, joinPath(path, name), type, depth + 1, counts)
  }
  await pool.run(session => session.removeDirectory(path))
  counts.directories += 1
}

/**
 * Most servers list a link to a directory as a directory. DELE removes such a link, and fails for a directory, whose content
 * would otherwise be removed in another place.
 */
async function isRemovedAsLink(pool: SessionPool, path: string): Promise<boolean> {
  try {
    await pool.run(session => session.removeFile(path))
    return true
  } catch (error) {
    if (error instanceof RefusedError && typeof error.code === 'number' && error.code >= 500) return false
    throw error
  }
}
