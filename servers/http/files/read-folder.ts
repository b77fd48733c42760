/** Reads the entries of a folder for its listing. */
import { readdir, stat } from 'node:fs/promises'
import { errorCode } from '../../../shared/errors.ts'
import { type FileTree, OutsideTreeError } from '../../../shared/files/file-tree.ts'
import { type Entry, type FolderContent, sortEntries } from './listing.ts'

/** Entries that a page shows. */
const MAX_ENTRIES = 2000
/** Entries read concurrently. */
const BATCH_SIZE = 64

/** Leaves out entries that disappear meanwhile or link to a target outside the tree. */
export async function readFolder(tree: FileTree, path: string, folder: string): Promise<FolderContent> {
  const names = (await readdir(folder)).sort()
  const shown = names.slice(0, MAX_ENTRIES)
  const entries: Entry[] = []
  for (let start = 0; start < shown.length; start += BATCH_SIZE) {
    const batch = shown.slice(start, start + BATCH_SIZE).map(name => readEntry(tree, path, name))
    for (const entry of await Promise.all(batch)) if (entry) entries.push(entry)
  }
  return { entries: sortEntries(entries), omitted: names.length - shown.length }
}

async function readEntry(tree: FileTree, path: string, name: string): Promise<Entry | undefined> {
  try {
    const state = await stat(await tree.locate(`${path}${name}`))
    if (!state.isFile() && !state.isDirectory()) return undefined
    return { name, folder: state.isDirectory(), size: state.size, modified: state.mtimeMs }
  } catch (error) {
    if (error instanceof OutsideTreeError || errorCode(error) !== undefined) return undefined
    throw error
  }
}
