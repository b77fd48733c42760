/** What is in a folder, for its listing. */
import { readdir, stat } from 'node:fs/promises'
import { errorCode } from '../../shared/errors.ts'
import { type FileTree, OutsideTreeError } from '../../shared/files/file-tree.ts'
import { type Entry, type FolderContent, sortEntries } from './listing.ts'

/** How many entries a page shows. */
const MAX_ENTRIES = 2000
/** How many files are looked at at a time. */
const BATCH = 64

/** Entries that vanish meanwhile, or lead out of the tree, are left out. */
export async function readFolder(tree: FileTree, path: string, folder: string): Promise<FolderContent> {
  const names = (await readdir(folder)).sort()
  const shown = names.slice(0, MAX_ENTRIES)
  const entries: Entry[] = []
  for (let start = 0; start < shown.length; start += BATCH) {
    const batch = shown.slice(start, start + BATCH).map(name => readEntry(tree, path, name))
    for (const entry of await Promise.all(batch)) if (entry) entries.push(entry)
  }
  return { entries: sortEntries(entries), more: names.length - shown.length }
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
