/** Plans which files are transferred, created and deleted. Pure. */
import type { TreeEntry } from './tree.ts'

export interface Plan {
  /** Entries of the target to delete, with all below them, before the transfers: another type takes their place. */
  readonly replaced: readonly TreeEntry[]
  /** Folders to create; parents are before their children. */
  readonly directories: readonly string[]
  readonly transfers: readonly TreeEntry[]
  /** The number of files that are the same on both sides. */
  readonly unchanged: number
  /** Entries of the target to delete, with all below them, after the transfers. */
  readonly deletions: readonly TreeEntry[]
  /** Entries of the source that are not transferred, and why. */
  readonly skipped: readonly Skipped[]
}

export interface Skipped {
  readonly path: string
  readonly reason: string
}

export interface PlanOptions {
  /** Returns true if the files need no transfer. */
  readonly isSame: (source: TreeEntry, target: TreeEntry) => boolean
  /** True deletes entries of the target that the source does not have. */
  readonly deletes: boolean
}

/** Plans to make the target like the source. */
export function planTransfer(source: readonly TreeEntry[], target: readonly TreeEntry[], options: PlanOptions): Plan {
  const existing = new Map(target.map(entry => [entry.path, entry]))
  const directories: string[] = []
  const transfers: TreeEntry[] = []
  const skipped: Skipped[] = []
  const skippedPaths = new Set<string>()
  let unchanged = 0
  for (const entry of sortedByPath(source)) {
    // Behind a link that takes the place of a folder, they would be written elsewhere.
    if (isWithin(entry.path, skippedPaths)) continue
    const other = existing.get(entry.path)
    const reason = SKIPPED_TYPES[entry.type] ?? (options.deletes ? undefined : conflict(entry, other))
    if (reason !== undefined) {
      skipped.push({ path: entry.path, reason })
      skippedPaths.add(entry.path)
    } else if (entry.type === 'directory') {
      if (other?.type !== 'directory') directories.push(entry.path)
    } else if (other?.type === 'file' && options.isSame(entry, other)) unchanged += 1
    else transfers.push(entry)
  }
  const extra = options.deletes ? extraEntries(source, target, skippedPaths) : { replaced: [], deletions: [] }
  return { ...extra, directories, transfers, unchanged, skipped }
}

/** A link is not followed: it can lead out of the tree, or back into it. */
const SKIPPED_TYPES: Partial<Record<TreeEntry['type'], string>> = {
  link: 'it is a symbolic link',
  unknown: 'it is neither a file nor a folder',
}

function conflict({ type }: TreeEntry, other: TreeEntry | undefined): string | undefined {
  if (other === undefined || other.type === type) return undefined
  return `it is a ${type}, but a ${other.type} of this name exists`
}

/** Finds the entries of the target that the source does not have, or has with another type; of those below them, none. */
function extraEntries(
  source: readonly TreeEntry[],
  target: readonly TreeEntry[],
  untouched: ReadonlySet<string>,
): Pick<Plan, 'replaced' | 'deletions'> {
  const types = new Map(source.map(({ path, type }) => [path, type]))
  const replaced: TreeEntry[] = []
  const deletions: TreeEntry[] = []
  const deletedPaths = new Set<string>()
  for (const entry of sortedByPath(target)) {
    const { path, type } = entry
    if (types.get(path) === type || isWithin(path, untouched) || isWithin(path, deletedPaths)) continue
    deletedPaths.add(path)
    if (types.has(path)) replaced.push(entry)
    else deletions.push(entry)
  }
  return { replaced, deletions }
}

function isWithin(path: string, paths: ReadonlySet<string>): boolean {
  if (paths.size === 0) return false
  return paths.has(path) || ancestorsOf(path).some(folder => paths.has(folder))
}

/** Returns the root, `a` and `a/b` for `a/b/c`. */
export function ancestorsOf(path: string): string[] {
  return path === '' ? [] : ['', ...Array.from(path.matchAll(/\//g), ({ index }) => path.slice(0, index))]
}

/** A folder sorts before what it contains. */
function sortedByPath(entries: readonly TreeEntry[]): TreeEntry[] {
  return [...entries].sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** Returns true if a download is not necessary: a client gives a file that it has downloaded the time that the server sends. */
export function isSameDownload(source: TreeEntry, target: TreeEntry): boolean {
  return source.size === target.size && (source.modified === undefined || source.modified === target.modified)
}

/** Returns a function for uploads. Without MFMT, the time on the server is that of the upload, which is later. */
export function isSameUpload(setsTimes: boolean): (source: TreeEntry, target: TreeEntry) => boolean {
  return (source, target) => {
    if (source.size !== target.size) return false
    if (source.modified === undefined || target.modified === undefined) return true
    return setsTimes ? source.modified === target.modified : source.modified <= target.modified
  }
}
