/**
 * The files of the tree with the permissions of one account, by paths from the root (`/files/hello.txt`). FTP and the
 * application use it. `FileTree` rejects paths that lead out of the tree.
 */
import { constants, type Stats } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { lstat, mkdir, open, readdir, rename, rmdir, stat, unlink } from 'node:fs/promises'
import { posix } from 'node:path'
import { errorCode } from '../errors.ts'
import { FileError, OutsideTreeError } from './file-error.ts'
import type { FileTree, ResolvedPath } from './file-tree.ts'
import { type Action, type FileAccess, Permissions } from './permissions.ts'
import { statIfExists, Upload, type UploadOffset, type VersionCheck } from './upload.ts'
import { UploadQuota } from './upload-quota.ts'

export interface Entry {
  readonly name: string
  readonly kind: 'file' | 'directory'
  readonly size: number
  readonly modified: Date
  /** The permission bits of the file system. */
  readonly mode: number
  /** The same for two entries if they are the same file or directory. */
  readonly unique: string
}

/** Maximum number of concurrent `stat` calls. */
const MAX_CONCURRENT_STATS = 32

export class AccountFiles {
  readonly #tree: FileTree
  readonly #access: FileAccess
  readonly #permissions: Permissions

  constructor(tree: FileTree, access: FileAccess) {
    this.#tree = tree
    this.#access = access
    this.#permissions = new Permissions(access)
  }

  /** Returns true if the account may change the path; the path need not exist. */
  async canWrite(path: string): Promise<boolean> {
    const { target } = await this.#tree.resolve(path)
    return this.#permissions.allow('write', target)
  }

  /** Returns a file or directory; follows links. */
  async stat(path: string, action: Action = 'enter'): Promise<Entry> {
    const entry = await statEntry(await this.#locate(path, action), posix.basename(path) || '/')
    if (!entry) throw new FileError('not-a-file', 'Not a plain file or directory')
    return entry
  }

  async statFile(path: string): Promise<Entry> {
    const entry = await this.stat(path)
    if (entry.kind !== 'file') throw new FileError('not-a-file', 'Not a plain file')
    return entry
  }

  /** Opens a file for reading. The caller closes it. */
  async openFile(path: string): Promise<{ handle: FileHandle; stats: Stats }> {
    await this.statFile(path)
    const handle = await open(await this.#locate(path, 'read'), 'r')
    try {
      return { handle, stats: await handle.stat() }
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  /**
   * Starts an upload, which replaces the file when it is complete.
   *
   * @param check throws if the file must not be replaced in its current version
   */
  async startUpload(path: string, start: UploadOffset, check?: VersionCheck): Promise<Upload> {
    const { file, target, entry } = await this.#locateEntry(path)
    // The upload replaces a link, and continues the file to which the link leads.
    if (start !== 0 && target !== entry) this.#require('read', target)
    const existing = await statIfExists(file)
    if (existing && !existing.isFile()) throw new FileError('not-a-file', 'Not a plain file')
    check?.(existing)
    return Upload.start(this.#tree, file, start, this.#quotaOf(entry))
  }

  /** @param entry the path that an upload replaces */
  #quotaOf(entry: string): UploadQuota | undefined {
    const { fileQuota, write } = this.#access
    if (fileQuota === undefined) return undefined
    return new UploadQuota(fileQuota, { root: this.#tree.root, folders: write, replaced: entry })
  }

  async makeDirectory(path: string): Promise<void> {
    const { file } = await this.#locateEntry(path)
    await this.#tree.change(() => mkdir(file))
  }

  /** @param check throws if the file must not be removed in its current version */
  async removeFile(path: string, check?: VersionCheck): Promise<void> {
    const { file } = await this.#locateEntry(path)
    await this.#tree.change(async () => {
      if ((await lstat(file)).isDirectory()) throw new FileError('is-a-folder', 'Is a directory')
      check?.(await statIfExists(file))
      await unlink(file)
    })
  }

  /** Removes an empty directory. */
  async removeDirectory(path: string): Promise<void> {
    if (posix.resolve('/', path) === '/') throw new FileError('is-root', 'The root directory cannot be removed')
    const { file } = await this.#locateEntry(path)
    await this.#tree.change(() => rmdir(file))
  }

  /** Checks that a file or directory exists and may be renamed. */
  async beginRename(from: string): Promise<void> {
    await lstat((await this.#locateEntry(from)).file)
  }

  /** Renames a file or directory; replaces a file that has the new name. */
  async rename(from: string, to: string): Promise<void> {
    if ([from, to].some(path => posix.resolve('/', path) === '/')) {
      throw new FileError('is-root', 'The root directory cannot be renamed')
    }
    const [source, target] = [await this.#locateEntry(from), await this.#locateEntry(to)]
    if (!this.#permissions.allowMove(source.target, target.target)) throw denied('read', source.target)
    await this.#tree.change(() => rename(source.file, target.file))
  }

  /**
   * Sets the permission bits of a file or directory; follows links. The server must still be able to read it, and to change the
   * entries of a directory.
   */
  async changeMode(path: string, mode: number): Promise<void> {
    await this.#changeAttributes(path, async (handle, stats) => {
      const needed = stats.isDirectory() ? 0o700 : 0o400
      if ((mode & needed) !== needed)
        throw new FileError('denied', `The owner needs ${stats.isDirectory() ? 'rwx' : 'r'}`)
      await handle.chmod(mode & 0o777)
    })
  }

  /** Sets the time of the last change of a file or directory; follows links. */
  async setModified(path: string, modified: Date): Promise<void> {
    await this.#changeAttributes(path, (handle, stats) => handle.utimes(stats.atime, modified))
  }

  async #changeAttributes(path: string, change: (handle: FileHandle, stats: Stats) => Promise<void>): Promise<void> {
    const file = await this.#locate(path, 'write')
    // Opening a pipe would wait for its other end.
    const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      const stats = await handle.stat()
      if (!stats.isFile() && !stats.isDirectory()) throw new FileError('not-a-file', 'Not a plain file or directory')
      await this.#tree.change(() => change(handle, stats))
    } finally {
      await handle.close()
    }
  }

  /** Returns the names in a directory, sorted; `list` yields their entries. */
  async names(path: string): Promise<readonly string[]> {
    return (await readdir(await this.#locate(path, 'list'))).sort()
  }

  /** Yields the entries of names in a directory, without those that the account may not see. */
  async *list(directory: string, names: readonly string[]): AsyncGenerator<Entry> {
    for (let start = 0; start < names.length; start += MAX_CONCURRENT_STATS) {
      const batch = names.slice(start, start + MAX_CONCURRENT_STATS)
      const entries = await Promise.all(batch.map(name => this.#statListed(posix.join(directory, name), name)))
      for (const entry of entries) if (entry) yield entry
    }
  }

  /**
   * Returns undefined for a link to a target outside the tree, an incomplete upload, an entry that no longer exists, or one
   * that the account may not see.
   */
  async #statListed(path: string, name: string): Promise<Entry | undefined> {
    try {
      return await statEntry(await this.#locate(path, 'enter'), name)
    } catch (error) {
      if (isAboutPath(error)) return undefined
      throw error
    }
  }

  /** Locates what the path leads to. */
  async #locate(path: string, action: Action): Promise<string> {
    const { file, target } = await this.#tree.resolve(path)
    this.#require(action, target)
    return file
  }

  /** Locates an entry of a directory that is to be created, replaced or removed. If it is a link, that is the link itself. */
  async #locateEntry(path: string): Promise<ResolvedPath & { readonly entry: string }> {
    const absolute = posix.resolve('/', path)
    const [{ file, target }, folder] = await Promise.all([
      this.#tree.resolve(absolute),
      this.#tree.resolve(posix.dirname(absolute)),
    ])
    const entry = posix.join(folder.target, posix.basename(absolute))
    this.#require('write', entry)
    this.#require('write', target)
    return { file, target, entry }
  }

  /** @throws FileError with code `denied`, whether or not the path exists */
  #require(action: Action, path: string): void {
    if (!this.#permissions.allow(action, path)) throw denied(action, path)
  }
}

function denied(action: Action, path: string): FileError {
  return new FileError('denied', `This account may not ${action === 'write' ? 'write' : 'read'} ${path}`)
}

/** Returns undefined for pipes and devices, because reading them might not end. */
async function statEntry(target: string, name: string): Promise<Entry | undefined> {
  const stats = await stat(target)
  if (!stats.isFile() && !stats.isDirectory()) return undefined
  const kind = stats.isFile() ? 'file' : 'directory'
  return {
    name,
    kind,
    size: stats.size,
    modified: stats.mtime,
    mode: stats.mode,
    unique: `${stats.dev.toString(36)}g${stats.ino.toString(36)}`,
  }
}

/** False for a defect of the program. */
function isAboutPath(error: unknown): boolean {
  if (error instanceof FileError || error instanceof OutsideTreeError) return true
  return /^E[A-Z0-9]+$/.test(errorCode(error) ?? '')
}
