/**
 * The file tree that HTTP serves and FTP reads and writes: `DATA/www`. `FileTree.locate` resolves every path from a client
 * and is the only check that the path is inside the tree.
 */
import { randomUUID } from 'node:crypto'
import { mkdir, opendir, realpath, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { errorCode } from '../errors.ts'
import { OutsideTreeError } from './file-error.ts'
import { makeFolder } from './make-folder.ts'
import { SAMPLE_FILES } from './sample-files.ts'

/** The name of a file begins with this until its upload is complete. */
const TEMPORARY_PREFIX = '.fourwire-upload-'

/** Returns a new name for a file while it is uploaded to its folder. `locate` refuses such names, so clients cannot reach it. */
export function temporaryFileName(): string {
  return `${TEMPORARY_PREFIX}${randomUUID()}`
}

/** Returns true for the name of a file that is being uploaded. */
export function isTemporary(name: string): boolean {
  return name.startsWith(TEMPORARY_PREFIX)
}

/** A path of a client, with the symbolic links in it resolved. */
export interface ResolvedPath {
  /** The absolute path of the file, as the client named it: its last part can be a link. */
  readonly file: string
  /** The path in the tree of what the client named, such as `/files/hello.txt`, after links are followed. */
  readonly target: string
}

export class FileTree {
  /** The absolute path of the tree's folder, with its symbolic links resolved. */
  readonly root: string
  readonly #listeners = new Set<() => void>()
  #lastChange: Promise<unknown> = Promise.resolve()

  private constructor(root: string) {
    this.root = root
  }

  /** Opens the tree at `folder`. If the folder does not exist, creates it with sample files. */
  static async open(folder: string): Promise<FileTree> {
    const created = await makeFolder(folder)
    const tree = new FileTree(await realpath(folder))
    if (created) await tree.#addSampleFiles()
    return tree
  }

  /** Calls `listener` after each change that this process makes. Returns a function that stops it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Calls the listeners, because this process has changed a file or a folder: what they remember can be out of date. */
  changed(): void {
    for (const listener of this.#listeners) listener()
  }

  /**
   * Changes entries of folders. This process makes one such change at a time, so that `task` can check a condition first. The
   * task must be short.
   */
  async change<Result>(task: () => Promise<Result>): Promise<Result> {
    const result = this.#lastChange.then(task)
    this.#lastChange = result.catch(() => undefined)
    try {
      return await result
    } finally {
      this.changed()
    }
  }

  async #addSampleFiles(): Promise<void> {
    for (const [name, content] of Object.entries(SAMPLE_FILES)) {
      const file = path.join(this.root, name)
      await mkdir(path.dirname(file), { recursive: true })
      await writeFile(file, content)
    }
  }

  /**
   * Returns the absolute path of a client's `/dir/file` (decoded, with `/` between the parts). The path need not exist.
   * Symbolic links in the part that exists are followed, and the result must be inside the tree.
   *
   * @throws OutsideTreeError for `..` past the top, a link to the outside, a NUL, or a file that is still being uploaded
   */
  async locate(clientPath: string): Promise<string> {
    return (await this.resolve(clientPath)).file
  }

  /**
   * Resolves a client's path as `locate` does, and also returns where links lead.
   *
   * @throws OutsideTreeError as `locate` does
   */
  async resolve(clientPath: string): Promise<ResolvedPath> {
    if (clientPath.includes('\0'))
      throw new OutsideTreeError(`a path cannot contain NUL: ${JSON.stringify(clientPath)}`)
    if (clientPath.split('/').some(isTemporary))
      throw new OutsideTreeError(`${JSON.stringify(clientPath)} is still being uploaded`)
    const file = path.join(this.root, ...clientPath.split('/').filter(part => part !== '' && part !== '.'))
    const real = this.#contains(file) ? await realpathOfExisting(this.root, file) : undefined
    if (real === undefined || !this.#contains(real)) {
      throw new OutsideTreeError(`${JSON.stringify(clientPath)} is outside the served folder`)
    }
    return { file, target: `/${path.relative(this.root, real).split(path.sep).join('/')}` }
  }

  /**
   * Removes the temporary files of uploads that have not written since `before` (in milliseconds since 1970), for example
   * because the server was killed. Resolves with the number of removed files.
   */
  removeStaleUploads(before: number, signal: AbortSignal): Promise<number> {
    return removeStaleIn(this.root, before, signal)
  }

  #contains(target: string): boolean {
    const relative = path.relative(this.root, target)
    return relative === '' || (relative.split(path.sep)[0] !== '..' && !path.isAbsolute(relative))
  }
}

/** Errors of folders and files that were just removed or are not accessible; a walk of the tree skips them. */
export const SKIPPED_ERRORS: ReadonlySet<string> = new Set(['ENOENT', 'EACCES', 'EPERM'])

async function removeStaleIn(folder: string, before: number, signal: AbortSignal): Promise<number> {
  let removed = 0
  try {
    for await (const entry of await opendir(folder)) {
      if (signal.aborted) break
      const name = path.join(folder, entry.name)
      if (entry.isDirectory()) {
        removed += await removeStaleIn(name, before, signal)
      } else if (entry.isFile() && isTemporary(entry.name) && (await stat(name)).mtimeMs < before) {
        await rm(name, { force: true })
        removed++
      }
    }
  } catch (error) {
    if (!SKIPPED_ERRORS.has(errorCode(error) ?? '')) throw error
  }
  return removed
}

/** Resolves the symbolic links in the part of the path that exists and appends the rest. */
async function realpathOfExisting(root: string, target: string): Promise<string> {
  const whole = await realpathIfExists(target)
  if (whole !== undefined) return whole
  // From the top down to the first missing part, because a path can have thousands of parts.
  let existing = root
  const parts = path.relative(root, target).split(path.sep)
  for (const [index, part] of parts.entries()) {
    const next = await realpathIfExists(path.join(existing, part))
    if (next === undefined) return path.join(existing, ...parts.slice(index))
    existing = next
  }
  return existing
}

async function realpathIfExists(target: string): Promise<string | undefined> {
  try {
    return await realpath(target)
  } catch (error) {
    if (errorCode(error) !== 'ENOENT' && errorCode(error) !== 'ENOTDIR') throw error
    return undefined
  }
}
