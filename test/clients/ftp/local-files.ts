/** Local files before and after transfers. */
import { mkdir, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'

/** The time of the files that `createFiles` creates, in seconds since 1970. */
export const OLD = 1_600_000_000

/** Creates files with their content, and gives them a time in the past. Names that end with `/` are folders. */
export async function createFiles(root: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(root, name)
    await mkdir(name.endsWith('/') ? file : path.dirname(file), { recursive: true })
    if (name.endsWith('/')) continue
    await writeFile(file, content)
    await utimes(file, OLD, OLD)
  }
}

/** Returns the files below a folder with their content; folders end with `/`. */
export async function readFiles(root: string): Promise<Record<string, string>> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  const files = entries.map(async entry => {
    const file = path.join(entry.parentPath, entry.name)
    const name = path.relative(root, file)
    return entry.isDirectory() ? [`${name}/`, ''] : [name, await readFile(file, 'utf8')]
  })
  return Object.fromEntries((await Promise.all(files)).sort())
}

/** Returns the time of a file in seconds since 1970. */
export const secondsOf = async (file: string) => Math.floor((await stat(file)).mtimeMs / 1000)

export const TREE = { 'a.txt': 'a', 'deep/er/b.txt': 'bb', 'deep/c.txt': 'ccc', 'empty/': '' }
/** What `readFiles` returns for it. */
export const TREE_WITH_FOLDERS = { ...TREE, 'deep/': '', 'deep/er/': '' }
