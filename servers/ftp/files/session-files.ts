/**
 * Files by the paths of one session, which are relative to its working directory. `FileTree` rejects paths that lead out of
 * the tree. ftp-srv calls `currentDirectory`, `chdir` and `mkdir`, with null if a command has no argument.
 */
import type { FileHandle } from 'node:fs/promises'
import { lstat, mkdir, open, readdir, rename, rmdir, stat, unlink } from 'node:fs/promises'
import { posix } from 'node:path'
import type { FileTree } from '../../../shared/files/file-tree.ts'
import { ReplyError, toReplyError } from '../session/replies.ts'
import type { Entry } from './listing.ts'
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
  #currentDirectory = '/'

  constructor(tree: FileTree) {
    this.#tree = tree
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
    await mkdir(await this.#locate(requireName(path ?? '')))
    return this.resolve(path ?? '')
  }

  /** Resolves a path against the working directory. `..` in the root is the root. */
  resolve(path: string): string {
    return posix.resolve('/', this.#currentDirectory, path)
  }

  /** Returns a file or directory; follows links. */
  async stat(path: string): Promise<Entry> {
    const entry = await statEntry(await this.#locate(path), posix.basename(this.resolve(path)) || '/')
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
    return { handle: await open(await this.#locate(path), 'r'), size }
  }

  /** Starts an upload, which replaces the file when it is complete. */
  async startUpload(path: string, start: UploadOffset): Promise<Upload> {
    const target = await this.#locate(requireName(path))
    const existing = await stat(target).catch(ignoreMissing)
    if (existing && !existing.isFile()) throw new ReplyError(550, 'Not a plain file')
    return Upload.start(target, start)
  }

  async removeFile(path: string): Promise<void> {
    const target = await this.#locate(requireName(path))
    if ((await lstat(target)).isDirectory()) throw new ReplyError(550, 'Is a directory; RMD removes it')
    await unlink(target)
  }

  async removeDirectory(path: string): Promise<void> {
    if (this.resolve(requireName(path)) === '/') throw new ReplyError(550, 'The root directory cannot be removed')
    await rmdir(await this.#locate(path))
  }

  /** Both paths are relative to the working directory. */
  async rename(from: string, to: string): Promise<void> {
    if (this.resolve(from) === '/' || this.resolve(requireName(to)) === '/')
      throw new ReplyError(553, 'The root directory cannot be renamed')
    await rename(await this.#locate(from), await this.#locate(to))
  }

  /** Selects the entries of a directory, one file, or those that match a wildcard. */
  async select(path: string): Promise<Selection> {
    const pattern = posix.basename(path)
    try {
      const entry = await this.stat(path)
      if (entry.kind === 'directory') return this.#selectFromDirectory(path, () => true)
      return { prefix: directoryPrefix(path), entries: single(entry) }
    } catch (error) {
      if (!hasWildcard(pattern) || toReplyError(error)?.code !== 550) throw error
    }
    return this.#selectFromDirectory(directoryPrefix(path), name => matchesWildcard(pattern, name))
  }

  async #selectFromDirectory(path: string, filter: (name: string) => boolean): Promise<Selection> {
    const directory = await this.#locate(path)
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

  /** Returns undefined for a link to a target outside the tree, an incomplete upload, or an entry that no longer exists. */
  async #statListed(path: string, name: string): Promise<Entry | undefined> {
    try {
      return await statEntry(await this.#locate(path), name)
    } catch (error) {
      if (toReplyError(error) === undefined) throw error
      return undefined
    }
  }

  #locate(path: string): Promise<string> {
    return this.#tree.locate(this.resolve(path))
  }
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
