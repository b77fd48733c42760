/** Lists a directory with all that is in it. */
import type { ClientOptions } from '../../../shared/service.ts'
import { type FtpTarget, resolveTarget } from '../target.ts'
import type { TreeEntry } from '../transfer/tree.ts'
import { DEFAULT_PARALLEL } from './files-request.ts'
import type { FtpResult } from './result.ts'

export interface FtpTreeRequest extends FtpTarget {
  /** The levels of directories to list; 1 is the directory itself. Default: all, of which there may be 64. */
  readonly depth?: number | undefined
}

export interface FtpTree extends FtpResult {
  /** Sorted by path; a directory is before what is in it. */
  readonly entries: readonly FtpTreeEntry[]
}

export interface FtpTreeEntry {
  /** Relative to the directory. */
  readonly path: string
  readonly type: TreeEntry['type']
  /** In bytes. */
  readonly size: number
  /** In ISO 8601, if the server sends the exact time. */
  readonly modified?: string
}

/** Lists a directory with all that is in it. Follows no links. Throws like `list`. */
export async function tree(request: FtpTreeRequest, options: ClientOptions = {}): Promise<FtpTree> {
  const target = resolveTarget(request)
  const { withPool } = await import('../session/pool.ts')
  const { readRemoteTree } = await import('../remote/remote-tree.ts')
  return withPool(target, options, DEFAULT_PARALLEL, async pool => {
    const isAcceptable = (name: string) => name !== '.' && name !== '..'
    const { entries } = await readRemoteTree(pool, target.path, { depth: request.depth, isAcceptable })
    if (entries.length === 0) await pool.run(session => session.checkEmpty(target.path))
    return { server: pool.server, path: target.path, entries: toSortedEntries(entries) }
  })
}

/** Sorts entries so that those of a directory follow it. */
export function toSortedEntries(entries: readonly TreeEntry[]): FtpTreeEntry[] {
  const key = (path: string) => path.replaceAll('/', '\0')
  return [...entries]
    .sort((a, b) => (key(a.path) < key(b.path) ? -1 : 1))
    .map(({ modified, ...entry }) => ({
      ...entry,
      ...(modified !== undefined && { modified: new Date(modified * 1000).toISOString() }),
    }))
}
