/**
 * Files by the paths of one session, which are relative to its working directory. `AccountFiles` checks the permissions of the
 * account. ftp-srv calls `currentDirectory`, `chdir` and `mkdir`, with null if a command has no argument.
 */
import type { FileHandle } from 'node:fs/promises'
import { posix } from 'node:path'
import { AccountFiles } from '../../../shared/files/account-files.ts'
import type { Entry, EntryRights } from '../../../shared/files/entry.ts'
import type { FileTree } from '../../../shared/files/file-tree.ts'
import type { FileAccess } from '../../../shared/files/permissions.ts'
import type { Upload, UploadOffset } from '../../../shared/files/upload/upload.ts'
import { ReplyError, toReplyError } from '../session/replies.ts'
import type { SmallFiles } from './small-files.ts'
import { hasWildcard, matchesWildcard } from './wildcard.ts'

/** The entries that LIST, NLST, MLSD or STAT lists. `prefix` and a name together are a path relative to the working directory. */
export interface Selection {
  readonly prefix: string
  /** In batches. */
  readonly entries: AsyncIterable<readonly Entry[]>
}

/** A file to send: its content, or a handle if it is large or has changed a moment ago. */
export type Download =
  | { readonly kind: 'read'; readonly content: Buffer; readonly size: number }
  | { readonly kind: 'open'; readonly handle: FileHandle; readonly size: number }

export class SessionFiles {
  readonly #tree: FileTree
  readonly #smallFiles: SmallFiles
  #files: AccountFiles
  #currentDirectory = '/'

  constructor(tree: FileTree, smallFiles: SmallFiles, access: FileAccess) {
    this.#tree = tree
    this.#smallFiles = smallFiles
    this.#files = new AccountFiles(tree, access)
  }

  /** Replaces the permissions: the account can change while its session is open. */
  permit(access: FileAccess): void {
    this.#files = new AccountFiles(this.#tree, access)
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
    const directory = this.resolve(requireName(path ?? ''))
    await this.#files.makeDirectory(directory)
    return directory
  }

  /** Resolves a path against the working directory. `..` in the root is the root. */
  resolve(path: string): string {
    return posix.resolve('/', this.#currentDirectory, path)
  }

  /** Returns a file or directory; follows links. */
  stat(path: string): Promise<Entry> {
    return this.#files.stat(this.resolve(path))
  }

  /** Returns what the account may do with an entry. */
  rights(entry: Entry): EntryRights {
    return this.#files.rights(entry)
  }

  async statFile(path: string): Promise<Entry> {
    return this.#files.statFile(this.resolve(requireName(path)))
  }

  /** Opens a file for reading. The caller closes it. */
  async openFile(path: string): Promise<{ handle: FileHandle; size: number }> {
    const { handle, stats } = await this.#files.openFile(this.resolve(requireName(path)))
    return { handle, size: stats.size }
  }

  /** Opens a file to send. The caller closes its handle. */
  async openDownload(path: string): Promise<Download> {
    const absolute = this.resolve(requireName(path))
    const name = this.#tree.fileOf(absolute)
    const known = this.#smallFiles.find(name)
    if (known && this.#files.canRead(known.target))
      return { kind: 'read', content: known.content, size: known.content.length }
    const { handle, stats, target } = await this.#files.openFile(absolute)
    try {
      const content = await this.#smallFiles.read(name, handle, { stats, target })
      if (!content) return { kind: 'open', handle, size: stats.size }
      await handle.close()
      return { kind: 'read', content, size: content.length }
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  /**
   * Starts an upload, which replaces the file when it is complete.
   *
   * @param signal ends the measurement of the quota, and the copy of a file that the upload continues
   */
  async startUpload(path: string, start: UploadOffset, signal: AbortSignal): Promise<Upload> {
    try {
      return await this.#files.startUpload(this.resolve(requireName(path)), start, { signal })
    } catch (error) {
      throw signal.aborted ? new ReplyError(426, 'Upload aborted', { cause: error }) : error
    }
  }

  async removeFile(path: string): Promise<void> {
    await this.#files.removeFile(this.resolve(requireName(path)))
  }

  async removeDirectory(path: string): Promise<void> {
    await this.#files.removeDirectory(this.resolve(requireName(path)))
  }

  /** Checks that a file or directory exists and may be renamed. */
  async beginRename(from: string): Promise<void> {
    await this.#files.beginRename(this.resolve(requireName(from)))
  }

  /** Both paths are relative to the working directory. */
  async rename(from: string, to: string): Promise<void> {
    const [source, target] = [this.resolve(from), this.resolve(requireName(to))]
    if (source === '/' || target === '/') throw new ReplyError(553, 'The root directory cannot be renamed')
    await this.#files.rename(source, target)
  }

  /** Sets the permission bits of a file or directory. */
  async changeMode(path: string, mode: number): Promise<void> {
    await this.#files.changeMode(this.resolve(requireName(path)), mode)
  }

  /** Sets the time of the last change of a file or directory. */
  async setModified(path: string, modified: Date): Promise<void> {
    await this.#files.setModified(this.resolve(requireName(path)), modified)
  }

  /** Selects the entries of a directory, one file, or those that match a wildcard. */
  async select(path: string): Promise<Selection> {
    const pattern = posix.basename(path)
    try {
      const entry = await this.#files.stat(this.resolve(path), 'list')
      if (entry.kind === 'directory') return await this.#selectFromDirectory(path, () => true)
      return { prefix: directoryPrefix(path), entries: single(entry) }
    } catch (error) {
      if (!hasWildcard(pattern) || toReplyError(error)?.code !== 550) throw error
    }
    return this.#selectFromDirectory(directoryPrefix(path), name => matchesWildcard(pattern, name))
  }

  async #selectFromDirectory(path: string, filter: (name: string) => boolean): Promise<Selection> {
    const directory = this.resolve(path)
    await this.#files.checkDirectory(directory)
    const entries = this.#files.listDirectory(directory, name => filter(name) && isListable(name))
    return { prefix: path === '' || path.endsWith('/') ? path : `${path}/`, entries }
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

/** Returns false for a name with a line ending, which neither a listing nor a command can contain. */
function isListable(name: string): boolean {
  return !/[\r\n]/.test(name)
}

function directoryPrefix(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1)
}

async function* single(entry: Entry): AsyncIterable<readonly Entry[]> {
  yield [entry]
}
