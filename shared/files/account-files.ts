/**
 * The files of the tree with the permissions of one account, by paths from the root (`/files/hello.txt`). FTP and the application use
 * it. A path is opened first and checked then, and what was opened is used (`path-opener.ts`): another program that changes the tree
 * meanwhile cannot lead an operation elsewhere.
 */
import type { Stats } from 'node:fs'
import { type FileHandle, lstat, mkdir, rename, rmdir, unlink } from 'node:fs/promises'
import { posix } from 'node:path'
import { AccountListing } from './account-listing.ts'
import { createEntry, type Entry, type EntryRights } from './entry.ts'
import { FileError } from './file-error.ts'
import type { FileTree } from './file-tree.ts'
import type { OpenEntry } from './open/open-entry.ts'
import type { Action, FileAccess } from './permissions.ts'
import { type FolderEntry, PermittedTree } from './permitted-tree.ts'
import { Upload, type UploadOffset, type VersionCheck } from './upload/upload.ts'
import { UploadQuota } from './upload/upload-quota.ts'

export class AccountFiles {
  readonly #tree: FileTree
  readonly #access: FileAccess
  readonly #permitted: PermittedTree
  readonly #listing: AccountListing

  constructor(tree: FileTree, access: FileAccess) {
    this.#tree = tree
    this.#access = access
    this.#permitted = new PermittedTree(tree, access)
    this.#listing = new AccountListing(this.#permitted, path => this.stat(path))
  }

  /** Returns true if the account may change the path; the path need not exist. */
  async canWrite(path: string): Promise<boolean> {
    return this.#permitted.allows('write', await this.#tree.targetOf(path))
  }

  /** Returns true if the account may delete the path and what is in it. */
  async canDelete(path: string): Promise<boolean> {
    return this.#permitted.allows('delete', await this.#tree.targetOf(path))
  }

  /** Returns a file or directory; follows links. */
  async stat(path: string, action: Action = 'enter'): Promise<Entry> {
    const opened = await this.#permitted.open(path, action)
    opened.close()
    const { target, stats } = opened
    const entry = createEntry(posix.basename(path) || '/', stats, await this.#pathsOf(path, target))
    if (!entry) throw new FileError('not-a-file', 'Not a plain file or directory')
    return entry
  }

  /** Usually a path leads to itself, and needs no further look at the tree. */
  async #pathsOf(path: string, target: string): Promise<readonly string[]> {
    if (path === target || path === '/') return [target]
    const own = posix.join(await this.#tree.targetOf(posix.dirname(path)), posix.basename(path))
    return own === target ? [target] : [own, target]
  }

  /** Returns what the account may do with an entry. */
  rights({ paths }: Entry): EntryRights {
    const mayAll = (action: Action) => paths.every(path => this.#permitted.allows(action, path))
    return { read: mayAll('read'), list: mayAll('list'), write: mayAll('write'), delete: mayAll('delete') }
  }

  async statFile(path: string): Promise<Entry> {
    const entry = await this.stat(path)
    if (entry.kind !== 'file') throw notAFile()
    return entry
  }

  /** Returns true if the account may read a path in the tree, after links are followed. */
  canRead(target: string): boolean {
    return this.#permitted.allows('read', target)
  }

  /** Opens a file for reading; `target` is its path in the tree after links are followed. The caller closes it. */
  async openFile(path: string): Promise<{ handle: FileHandle; stats: Stats; target: string }> {
    const opened = await this.#permitted.open(path, 'read')
    try {
      const { stats, target } = opened
      if (!stats.isFile()) throw notAFile()
      return { handle: await opened.openForReading(), stats, target }
    } finally {
      opened.close()
    }
  }

  /**
   * Starts an upload, which replaces the file when it is complete.
   *
   * @param check throws if the file must not be replaced in its current version
   * @param signal ends the measurement of the quota, and the copy of a file that the upload continues
   */
  async startUpload(
    path: string,
    start: UploadOffset,
    { check, signal }: { readonly check?: VersionCheck | undefined; readonly signal?: AbortSignal | undefined } = {},
  ): Promise<Upload> {
    const entry = await this.#permitted.openEntry(path, 'write')
    let existing: OpenEntry | undefined
    try {
      if (entry.stats && !entry.stats.isFile()) throw notAFile()
      check?.(entry.stats)
      if (start !== 0 && entry.stats) existing = await this.#openContinued(path, entry)
      const place = { folder: entry.folder, name: entry.name, existing, replaced: entry.stats }
      return await Upload.start(this.#tree, place, { offset: start, signal }, this.#quotaOf(entry))
    } catch (error) {
      entry.folder.close()
      throw error
    } finally {
      existing?.close()
    }
  }

  /** Opens the file that an upload continues. The upload replaces a link, and continues the file to which the link leads. */
  async #openContinued(path: string, entry: FolderEntry): Promise<OpenEntry> {
    const opened = await this.#permitted.open(path, 'write')
    try {
      if (opened.target !== entry.path) this.#permitted.require('read', opened.target)
      if (!opened.stats.isFile()) throw notAFile()
      return opened
    } catch (error) {
      opened.close()
      throw error
    }
  }

  /** @param entry what an upload replaces */
  #quotaOf({ folder, name }: FolderEntry): UploadQuota | undefined {
    const { fileQuota, write } = this.#access
    if (fileQuota === undefined) return undefined
    return new UploadQuota(fileQuota, { tree: this.#tree, folders: write, folder: folder.stats, name })
  }

  async makeDirectory(path: string): Promise<void> {
    await this.#permitted.change(path, 'write', ({ folder, name }) => mkdir(folder.entry(name)))
  }

  /** @param check throws if the file must not be removed in its current version */
  async removeFile(path: string, check?: VersionCheck): Promise<void> {
    await this.#permitted.change(path, 'delete', async ({ folder, name, stats }) => {
      const file = folder.entry(name)
      if ((await lstat(file)).isDirectory()) throw new FileError('is-a-folder', 'Is a directory')
      check?.(stats)
      await unlink(file)
    })
  }

  /** Removes an empty directory. */
  async removeDirectory(path: string): Promise<void> {
    if (posix.resolve('/', path) === '/') throw new FileError('is-root', 'The root directory cannot be removed')
    await this.#permitted.change(path, 'delete', ({ folder, name }) => rmdir(folder.entry(name)))
  }

  /** Checks that a file or directory exists and may be renamed. */
  async beginRename(from: string): Promise<void> {
    const { folder, name } = await this.#permitted.openEntry(from, 'delete')
    await lstat(folder.entry(name)).finally(() => folder.close())
  }

  /**
   * Renames a file or directory; replaces a file that has the new name.
   *
   * @param check throws if the file must not be renamed in its current version
   */
  async rename(from: string, to: string, check?: VersionCheck): Promise<void> {
    if ([from, to].some(path => posix.resolve('/', path) === '/')) {
      throw new FileError('is-root', 'The root directory cannot be renamed')
    }
    const source = await this.#permitted.openEntry(from, 'delete')
    try {
      await this.#permitted.change(to, 'write', target => {
        this.#permitted.requireMove(source.target, target.target)
        if (source.stats) check?.(source.stats)
        return rename(source.folder.entry(source.name), target.folder.entry(target.name))
      })
    } finally {
      source.folder.close()
    }
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
    const opened = await this.#permitted.open(path, 'write')
    let handle: FileHandle | undefined
    try {
      const { stats } = opened
      if (!stats.isFile() && !stats.isDirectory()) throw new FileError('not-a-file', 'Not a plain file or directory')
      const opening = await opened.openForReading()
      handle = opening
      await this.#tree.change(() => change(opening, stats))
    } finally {
      opened.close()
      await handle?.close()
    }
  }

  /** Returns the names in a directory, sorted; `list` yields their entries. */
  names(path: string): Promise<readonly string[]> {
    return this.#listing.names(path)
  }

  /** Yields the entries of names in a directory, in batches, without those that the account may not see. */
  list(directory: string, names: readonly string[]): AsyncGenerator<readonly Entry[]> {
    return this.#listing.list(directory, names)
  }

  /** @throws if the path is not that of a directory that the account may list */
  checkDirectory(path: string): Promise<void> {
    return this.#listing.checkDirectory(path)
  }

  /**
   * Yields the entries of a directory, in batches, without those that the account may not see; by name unless there are more than
   * 10,000.
   *
   * @param isListed returns true for the names to list
   */
  listDirectory(path: string, isListed: (name: string) => boolean): AsyncGenerator<readonly Entry[]> {
    return this.#listing.listDirectory(path, isListed)
  }
}

function notAFile(): FileError {
  return new FileError('not-a-file', 'Not a plain file')
}
