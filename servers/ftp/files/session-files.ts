/**
 * Files by the paths of one session, which are relative to its working directory, with the permissions of its account.
 * `FileTree` rejects paths that lead out of the tree. ftp-srv calls `currentDirectory`, `chdir` and `mkdir`, with null if a
 * command has no argument.
 */
import type { FileHandle } from 'node:fs/promises'
import { lstat, mkdir, open, readdir, rename, rmdir, stat, unlink } from 'node:fs/promises'
import { posix } from 'node:path'
import type { FileTree, ResolvedPath } from '../../../shared/files/file-tree.ts'
import { ReplyError, toReplyError } from '../session/replies.ts'
import type { Entry } from './listing.ts'
import { type AccountPaths, type Action, Permissions } from './permissions.ts'
import { Upload, type UploadOffset } from './upload.ts'
import { hasWildcard, matchesWildcard } from './wildcard.ts'

/** The entries that LIST, NLST, MLSD or STAT lists. `prefix` and a name together are a path relative to the working directory. */
export interface Selection {
  readonly prefix: string
  readonly entries: AsyncIterable<Entry>
}

/** Maximum number of concurrent `stat` calls. */
const MAX_CONCURRENT_STATS = 32

export class SessionFiles {
  readonly #tree: FileTree
  #permissions: Permissions
  #currentDirectory = '/'

  constructor(tree: FileTree, paths: AccountPaths) {
    this.#tree = tree
    this.#permissions = new Permissions(paths)
  }

  /** Replaces the permissions: the account can change while its session is open. */
  permit(paths: AccountPaths): void {
    this.#permissions = new Permissions(paths)
  }

  /** The working directory. */
  currentDirectory(): string {
    return this.#currentDirectory
  }

  /** Changes the working directory and returns it. */
  chdir(path: string | null): Promise<string> {
    return withReplyErrors(this.#chdir(path))
  }

  async #chdir(path: string | null): Promise<string> {
    const entry = await this.stat(path ?? '')
    if (entry.kind !== 'directory') throw new ReplyError(550, 'Not a directory')
    this.#currentDirectory = this.resolve(path ?? '')
    return this.#currentDirectory
  }

  /** Creates a directory and returns its full path. */
  mkdir(path: string | null): Promise<string> {
    return withReplyErrors(this.#mkdir(path))
  }

  async #mkdir(path: string | null): Promise<string> {
    await mkdir((await this.#locateEntry(requireName(path ?? ''))).file)
    return this.resolve(path ?? '')
  }

  /** Resolves a path against the working directory. `..` in the root is the root. */
  resolve(path: string): string {
    return posix.resolve('/', this.#currentDirectory, path)
  }

  /** Returns a file or directory; follows links. */
  stat(path: string): Promise<Entry> {
    return this.#stat(path, 'enter')
  }

  async #stat(path: string, action: Action): Promise<Entry> {
    const entry = await statEntry(await this.#locate(path, action), posix.basename(this.resolve(path)) || '/')
    if (!entry) throw new ReplyError(550, 'Not a plain file or directory')
    return entry
  }

  async statFile(path: string): Promise<Entry> {
    const entry = await this.stat(requireName(path))
    if (entry.kind !== 'file') throw new ReplyError(550, 'Not a plain file')
    return entry
  }

  /** Opens a file for reading. The caller closes it. */
  async openFile(path: string): Promise<{ handle: FileHandle; size: number }> {
    const { size } = await this.statFile(path)
    return { handle: await open(await this.#locate(path, 'read'), 'r'), size }
  }

  /** Starts an upload, which replaces the file when it is complete. */
  async startUpload(path: string, start: UploadOffset): Promise<Upload> {
    const { file, target, entry } = await this.#locateEntry(requireName(path))
    // The upload replaces a link, and continues the file to which the link leads.
    if (start !== 0 && target !== entry) this.#require('read', target)
    const existing = await stat(file).catch(ignoreMissing)
    if (existing && !existing.isFile()) throw new ReplyError(550, 'Not a plain file')
    return Upload.start(file, start)
  }

  async removeFile(path: string): Promise<void> {
    const { file } = await this.#locateEntry(requireName(path))
    if ((await lstat(file)).isDirectory()) throw new ReplyError(550, 'Is a directory; RMD removes it')
    await unlink(file)
  }

  async removeDirectory(path: string): Promise<void> {
    if (this.resolve(requireName(path)) === '/') throw new ReplyError(550, 'The root directory cannot be removed')
    await rmdir((await this.#locateEntry(path)).file)
  }

  /** Checks that a file or directory exists and may be renamed. */
  async beginRename(from: string): Promise<void> {
    await lstat((await this.#locateEntry(requireName(from))).file)
  }

  /** Both paths are relative to the working directory. */
  async rename(from: string, to: string): Promise<void> {
    if (this.resolve(from) === '/' || this.resolve(requireName(to)) === '/')
      throw new ReplyError(553, 'The root directory cannot be renamed')
    const [source, target] = [await this.#locateEntry(from), await this.#locateEntry(to)]
    if (!this.#permissions.allowMove(source.target, target.target)) throw denied('read', source.target)
    await rename(source.file, target.file)
  }

  /** Selects the entries of a directory, one file, or those that match a wildcard. */
  async select(path: string): Promise<Selection> {
    const pattern = posix.basename(path)
    try {
      const entry = await this.#stat(path, 'list')
      if (entry.kind === 'directory') return await this.#selectFromDirectory(path, () => true)
      return { prefix: directoryPrefix(path), entries: single(entry) }
    } catch (error) {
      if (!hasWildcard(pattern) || toReplyError(error)?.code !== 550) throw error
    }
    return this.#selectFromDirectory(directoryPrefix(path), name => matchesWildcard(pattern, name))
  }

  async #selectFromDirectory(path: string, filter: (name: string) => boolean): Promise<Selection> {
    const directory = await this.#locate(path, 'list')
    const names = (await readdir(directory)).filter(name => filter(name) && isListable(name)).sort()
    const prefix = path === '' || path.endsWith('/') ? path : `${path}/`
    return { prefix, entries: this.#entries(path, names) }
  }

  async *#entries(directory: string, names: readonly string[]): AsyncIterable<Entry> {
    for (let start = 0; start < names.length; start += MAX_CONCURRENT_STATS) {
      const batch = names.slice(start, start + MAX_CONCURRENT_STATS)
      const entries = await Promise.all(
        batch.map(name => this.#statListed(posix.join(this.resolve(directory), name), name)),
      )
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
      if (toReplyError(error) === undefined) throw error
      return undefined
    }
  }

  /** Locates what the path leads to. */
  async #locate(path: string, action: Action): Promise<string> {
    const { file, target } = await this.#tree.resolve(this.resolve(path))
    this.#require(action, target)
    return file
  }

  /** Locates an entry of a directory that is to be created, replaced or removed. If it is a link, that is the link itself. */
  async #locateEntry(path: string): Promise<ResolvedPath & { readonly entry: string }> {
    const resolved = this.resolve(path)
    const [{ file, target }, folder] = await Promise.all([
      this.#tree.resolve(resolved),
      this.#tree.resolve(posix.dirname(resolved)),
    ])
    const entry = posix.join(folder.target, posix.basename(resolved))
    this.#require('write', entry)
    this.#require('write', target)
    return { file, target, entry }
  }

  /** @throws ReplyError 550 if the account may not do that with the path, whether or not the path exists */
  #require(action: Action, path: string): void {
    if (!this.#permissions.allow(action, path)) throw denied(action, path)
  }
}

function denied(action: Action, path: string): ReplyError {
  return new ReplyError(550, `This account may not ${action === 'write' ? 'write' : 'read'} ${path}`)
}

/** Converts errors for ftp-srv, which sends the message of an error to the client: it must contain no local path. */
async function withReplyErrors<Result>(promise: Promise<Result>): Promise<Result> {
  try {
    return await promise
  } catch (error) {
    throw toReplyError(error) ?? error
  }
}

/** @throws ReplyError if the name is missing */
function requireName(path: string): string {
  if (path === '') throw new ReplyError(501, 'A name is required')
  return path
}

/** Returns undefined for pipes and devices, because reading them might not end. */
async function statEntry(target: string, name: string): Promise<Entry | undefined> {
  const stats = await stat(target)
  if (!stats.isFile() && !stats.isDirectory()) return undefined
  const kind = stats.isFile() ? 'file' : 'directory'
  return { name, kind, size: stats.size, modified: stats.mtime, mode: stats.mode }
}

/** Returns false for a name with a line ending, which neither a listing nor a command can contain. */
function isListable(name: string): boolean {
  return !/[\r\n]/.test(name)
}

function directoryPrefix(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1)
}

async function* single(entry: Entry): AsyncIterable<Entry> {
  yield entry
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}
