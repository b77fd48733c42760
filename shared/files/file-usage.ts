/** The bytes of the files in folders of the tree: what a file quota counts. Does not follow symbolic links. */
import type { Stats } from 'node:fs'
import { posix } from 'node:path'
import { errorCode } from '../errors.ts'
import { leadsTo } from '../store/account-paths.ts'
import { OutsideTreeError } from './file-error.ts'
import { type FileTree, SKIPPED_ERRORS } from './file-tree.ts'
import type { OpenEntry } from './open/open-entry.ts'
import { type WalkedFiles, walkFiles } from './open/walk-files.ts'

export interface UsageOptions {
  /** Is called with each file: the folder in which it is, and its name there. Default: each file counts. */
  isCounted?(folder: Stats, name: string): boolean
  /** Ends the walk. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Returns the bytes of all files in the folders, each counted once.
 *
 * @param folders paths from the root of the tree; one can also be a file
 * @throws FileError with code `changed` if another program moves a folder meanwhile, or the reason of the signal
 */
export async function bytesInFolders(
  tree: FileTree,
  folders: readonly string[],
  { isCounted = () => true, signal }: UsageOptions = {},
): Promise<number> {
  let bytes = 0
  for (const path of outermost(folders)) {
    signal?.throwIfAborted()
    for await (const { folder, files } of filesAt(tree, path, signal)) {
      for (const [name, { size }] of files) if (isCounted(folder, name)) bytes += size
    }
  }
  return bytes
}

/** Returns the folders that are not in another one. */
function outermost(folders: readonly string[]): string[] {
  return [...new Set(folders)].filter(folder => !folders.some(other => leadsTo(other, [folder])))
}

/** Yields the file at the path, or the files below it. */
async function* filesAt(tree: FileTree, path: string, signal: AbortSignal | undefined): AsyncGenerator<WalkedFiles> {
  const opened = await openUnlinked(tree, path)
  if (opened?.stats.isDirectory()) return yield* walkFiles(opened, signal)
  opened?.close()
  if (!opened?.stats.isFile()) return
  const folder = await openUnlinked(tree, posix.dirname(path))
  folder?.close()
  if (folder) yield { folder: folder.stats, files: [[posix.basename(path), opened.stats]] }
}

/** Returns undefined if a link leads there: that is another folder, to which the account's permission does not apply. */
async function openUnlinked(tree: FileTree, path: string): Promise<OpenEntry | undefined> {
  const opened = await tree.openPath(path).catch(skip)
  if (!opened || opened.target === posix.resolve('/', path)) return opened
  opened.close()
  return undefined
}

/** @throws the error, unless nothing can be counted there */
function skip(error: unknown): undefined {
  const code = errorCode(error) ?? ''
  // A folder that a file has just replaced.
  const isSkipped = error instanceof OutsideTreeError || SKIPPED_ERRORS.has(code) || code === 'ENOTDIR'
  if (!isSkipped) throw error
}
