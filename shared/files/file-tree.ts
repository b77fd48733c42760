/**
 * The file tree that HTTP serves and FTP reads and writes: `DATA/www`. Every path a client names goes through
 * `FileTree.locate`, the one place that keeps it inside.
 */
import { randomUUID } from 'node:crypto'
import { mkdir, opendir, realpath, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { errorCode } from '../errors.ts'
import { makeFolder } from './make-folder.ts'
import { SAMPLE_FILES } from './sample-files.ts'

/** The path named lies outside the tree, or cannot be a path at all. */
export class OutsideTreeError extends Error {
  override readonly name = 'OutsideTreeError'
}

/** Files that are being written begin with this until they are whole. */
const UNFINISHED = '.fourwire-upload-'

/** A name for a file that is being written, in the folder where it will be: nobody who asks the tree can reach it. */
export function temporaryFileName(): string {
  return `${UNFINISHED}${randomUUID()}`
}

/** True for the name of a file that is being written. */
export function isTemporary(name: string): boolean {
  return name.startsWith(UNFINISHED)
}

/** A folder that is served, and the way into it: names are looked up by `locate`, which lets nobody out. */
export class FileTree {
  /** The tree's folder, absolute, with every symbolic link in it resolved. */
  readonly root: string

  private constructor(root: string) {
    this.root = root
  }

  /** Opens the tree at `folder`. A folder that did not exist is made, with something worth looking at in it. */
  static async open(folder: string): Promise<FileTree> {
    const created = await makeFolder(folder)
    const tree = new FileTree(await realpath(folder))
    if (created) await tree.#fill()
    return tree
  }

  async #fill(): Promise<void> {
    for (const [name, content] of Object.entries(SAMPLE_FILES)) {
      const file = path.join(this.root, name)
      await mkdir(path.dirname(file), { recursive: true })
      await writeFile(file, content)
    }
  }

  /**
   * The absolute path of what a client calls `/dir/file` (decoded, with `/` between the parts). What is named need not
   * exist, but what of it exists is followed through symbolic links and must still be inside.
   *
   * @throws OutsideTreeError for `..` past the top, a link that leads out, a NUL, a file that is still being written
   */
  async locate(name: string): Promise<string> {
    if (name.includes('\0')) throw new OutsideTreeError(`a path cannot hold a NUL: ${JSON.stringify(name)}`)
    if (name.split('/').some(isTemporary)) throw new OutsideTreeError(`${JSON.stringify(name)} is not complete yet`)
    const target = path.join(this.root, ...name.split('/').filter(part => part !== '' && part !== '.'))
    if (!this.#contains(target) || !this.#contains(await realpathOfExisting(this.root, target))) {
      throw new OutsideTreeError(`${JSON.stringify(name)} lies outside the served folder`)
    }
    return target
  }

  /**
   * Removes the unfinished files that nobody has written to since `before` (in milliseconds since 1970): whoever wrote
   * them is gone. Resolves with their number.
   */
  removeStaleUploads(before: number, signal: AbortSignal): Promise<number> {
    return sweepFolder(this.root, before, signal)
  }

  #contains(target: string): boolean {
    const relative = path.relative(this.root, target)
    return relative === '' || (relative.split(path.sep)[0] !== '..' && !path.isAbsolute(relative))
  }
}

/** What may become of a folder or a file while it is looked for, or is nobody's business. */
const PASSED_OVER = new Set(['ENOENT', 'EACCES', 'EPERM'])

async function sweepFolder(folder: string, before: number, signal: AbortSignal): Promise<number> {
  let removed = 0
  try {
    for await (const entry of await opendir(folder)) {
      if (signal.aborted) break
      const name = path.join(folder, entry.name)
      if (entry.isDirectory()) {
        removed += await sweepFolder(name, before, signal)
      } else if (entry.isFile() && isTemporary(entry.name) && (await stat(name)).mtimeMs < before) {
        await rm(name, { force: true })
        removed++
      }
    }
  } catch (error) {
    if (!PASSED_OVER.has(errorCode(error) ?? '')) throw error
  }
  return removed
}

/** Follows the links of the longest part of the path that exists; the rest is taken as it is. */
async function realpathOfExisting(root: string, target: string): Promise<string> {
  const whole = await realpathIfThere(target)
  if (whole !== undefined) return whole
  // From the top down, and no further than the first part that is missing: a path can have thousands of parts.
  let existing = root
  const parts = path.relative(root, target).split(path.sep)
  for (const [index, part] of parts.entries()) {
    const next = await realpathIfThere(path.join(existing, part))
    if (next === undefined) return path.join(existing, ...parts.slice(index))
    existing = next
  }
  return existing
}

async function realpathIfThere(target: string): Promise<string | undefined> {
  try {
    return await realpath(target)
  } catch (error) {
    if (errorCode(error) !== 'ENOENT' && errorCode(error) !== 'ENOTDIR') throw error
    return undefined
  }
}
