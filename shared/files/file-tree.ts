/**
 * The file tree that HTTP serves and FTP reads and writes: `DATA/www`. `FileTree.open...` opens every path from a client, and is the
 * only check that what was opened is inside the tree.
 */
import { mkdir, realpath, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { errorCode } from '../errors.ts'
import { OutsideTreeError } from './file-error.ts'
import { makeFolder } from './make-folder.ts'
import { OpenEntry } from './open/open-entry.ts'
import { chooseOpener, type PathOpener } from './open/path-opener.ts'
import { SAMPLE_FILES } from './sample-files.ts'
import { AlignedParts } from './upload/aligned-parts.ts'
import { hasTemporaryPart } from './upload/temporary-file.ts'

export class FileTree {
  /** The absolute path of the tree's folder, with its symbolic links resolved. */
  readonly root: string
  /** The memory with which its uploads write to the disk. */
  readonly alignedParts = new AlignedParts()
  readonly #opener: PathOpener
  readonly #listeners = new Set<() => void>()
  #lastChange: Promise<unknown> = Promise.resolve()

  private constructor(root: string, opener: PathOpener) {
    this.root = root
    this.#opener = opener
  }

  /**
   * Opens the tree at `folder`. If the folder does not exist, creates it with sample files.
   *
   * @param opener by default, the one that works on this system
   */
  static async open(folder: string, opener?: PathOpener): Promise<FileTree> {
    const created = await makeFolder(folder)
    const root = await realpath(folder)
    const tree = new FileTree(root, opener ?? (await chooseOpener(root)))
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
   * Opens what a client's `/dir/file` (decoded, with `/` between the parts) leads to. Symbolic links are followed, and may lead
   * anywhere inside the tree. The caller closes it.
   *
   * @throws OutsideTreeError for `..` past the top, a link to the outside, a NUL, or a file that is still being uploaded; or the
   * error of the system
   */
  openPath(clientPath: string): Promise<OpenEntry> {
    return this.#open(clientPath, 'any')
  }

  /**
   * Opens a folder as `openPath` does.
   *
   * @throws also ENOTDIR if it is not a folder
   */
  openFolder(clientPath: string): Promise<OpenEntry> {
    return this.#open(clientPath, 'folder')
  }

  async #open(clientPath: string, kind: 'any' | 'folder'): Promise<OpenEntry> {
    const opened = await this.#opener.open(this.fileOf(clientPath), kind)
    const entry = new OpenEntry(this.#opener, opened, this.#targetAt(opened.real))
    if (this.#contains(opened.real) && !hasTemporaryPart(entry.target)) return entry
    entry.close()
    throw outside(clientPath)
  }

  /**
   * Returns the path in the tree to which a client's path leads now, for an error message: others can change it at any time. The
   * path need not exist; the links in the part that exists are followed.
   *
   * @throws OutsideTreeError as `openPath` does
   */
  async targetOf(clientPath: string): Promise<string> {
    const real = await realpathOfExisting(this.root, this.fileOf(clientPath))
    if (!this.#contains(real)) throw outside(clientPath)
    return this.#targetAt(real)
  }

  /**
   * Returns the absolute path of a client's path. Links are not followed, so it can lead out of the tree.
   *
   * @throws OutsideTreeError for `..` past the top, a NUL, or a file that is still being uploaded
   */
  fileOf(clientPath: string): string {
    if (clientPath.includes('\0'))
      throw new OutsideTreeError(`a path cannot contain NUL: ${JSON.stringify(clientPath)}`)
    if (hasTemporaryPart(clientPath))
      throw new OutsideTreeError(`${JSON.stringify(clientPath)} is still being uploaded`)
    const file = path.join(this.root, ...clientPath.split('/').filter(part => part !== '' && part !== '.'))
    if (!this.#contains(file)) throw outside(clientPath)
    return file
  }

  #targetAt(real: string): string {
    return `/${path.relative(this.root, real).split(path.sep).join('/')}`
  }

  #contains(target: string): boolean {
    const relative = path.relative(this.root, target)
    return relative === '' || (relative.split(path.sep)[0] !== '..' && !path.isAbsolute(relative))
  }
}

function outside(clientPath: string): OutsideTreeError {
  return new OutsideTreeError(`${JSON.stringify(clientPath)} is outside the served folder`)
}

/** Errors of folders and files that were just removed or are not accessible; a walk of the tree skips them. */
export const SKIPPED_ERRORS: ReadonlySet<string> = new Set(['ENOENT', 'EACCES', 'EPERM'])

/** Errors of paths that lead nowhere. Which one it is depends on what is in folders that an account may not see. */
const UNREACHABLE_ERRORS: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP', 'EACCES'])

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
    if (!UNREACHABLE_ERRORS.has(errorCode(error) ?? '')) throw error
    return undefined
  }
}
