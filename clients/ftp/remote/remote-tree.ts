/** Reads the tree of a directory on the server. */
import { RefusedError } from '../../../shared/errors.ts'
import type { FtpEntry } from '../session/entry.ts'
import { FAILED } from '../session/error.ts'
import type { SessionPool } from '../session/pool.ts'
import { forEachParallel } from '../transfer/parallel.ts'
import { isSafeName } from '../transfer/safe-name.ts'
import { joinPath, MAX_DEPTH, MAX_ENTRIES, type TreeEntry } from '../transfer/tree.ts'

export interface RemoteTree {
  readonly entries: readonly TreeEntry[]
  /** Names that could lead out of a local folder. */
  readonly unsafe: readonly string[]
}

/** Returns the entry of one file or directory as the root of a tree. */
export function toTreeEntry({ type, size, modified }: FtpEntry, path: string): TreeEntry {
  return { path, type, size, modified: modified === undefined ? undefined : Math.floor(Date.parse(modified) / 1000) }
}

export interface ReadTreeOptions {
  /** Returns false for names to ignore. Default: those that are not safe for local files. */
  readonly isAcceptable?: (name: string) => boolean
  /** Lists no directories that are deeper. Default: none may be. */
  readonly depth?: number | undefined
}

const isSafeHere = (name: string) => isSafeName(name, process.platform)

/**
 * Reads all entries below a directory, with as many listings at once as the pool has sessions. Follows no links.
 *
 * @throws RefusedError if a directory cannot be listed, or the tree is too large or too deep
 */
export async function readRemoteTree(
  pool: SessionPool,
  root: string,
  { isAcceptable = isSafeHere, depth: maxDepth }: ReadTreeOptions = {},
): Promise<RemoteTree> {
  const entries: TreeEntry[] = []
  const unsafe: string[] = []
  let folders = ['']
  for (let depth = 0; folders.length > 0 && depth !== maxDepth; depth += 1) {
    if (depth > MAX_DEPTH) throw tooLarge(root, `it is more than ${MAX_DEPTH} folders deep`)
    const found: string[] = []
    await forEachParallel(folders, pool.limit, async folder => {
      const listing = await pool.run(session => session.list(joinPath(root, folder)))
      for (const entry of listing) {
        const path = joinPath(folder, entry.name)
        if (!isAcceptable(entry.name)) {
          unsafe.push(path)
          continue
        }
        entries.push(toTreeEntry(entry, path))
        if (entry.type === 'directory') found.push(path)
      }
      if (entries.length > MAX_ENTRIES) throw tooLarge(root, `it has more than ${MAX_ENTRIES} entries`)
    })
    folders = found
  }
  return { entries, unsafe }
}

function tooLarge(root: string, reason: string): RefusedError {
  return new RefusedError(FAILED, `cannot read all of ${JSON.stringify(root)}: ${reason}`)
}

/** Adds the times (MDTM) that the listing did not have. */
export async function addTimes(
  pool: SessionPool,
  root: string,
  entries: readonly TreeEntry[],
  needsTime: (entry: TreeEntry) => boolean,
): Promise<TreeEntry[]> {
  const completed = [...entries]
  const missing = [...completed.entries()].filter(
    ([, entry]) => entry.type === 'file' && entry.modified === undefined && needsTime(entry),
  )
  if (missing.length === 0) return completed
  const supportsMdtm = await pool.run(async session => (await session.features()).has('MDTM'))
  if (!supportsMdtm) return completed
  await forEachParallel(missing, pool.limit, async ([index, entry]) => {
    const time = await pool.run(session => session.modified(joinPath(root, entry.path)))
    if (time) completed[index] = { ...entry, modified: Math.floor(time.getTime() / 1000) }
  })
  return completed
}
