/** The file tree as one FTP session sees it: from its working directory, with every path kept inside by `FileTree`. */

import type { FileHandle } from 'node:fs/promises'
import { lstat, mkdir, open, readdir, rename, rmdir, stat, unlink } from 'node:fs/promises'
import { posix } from 'node:path'
import type { FileTree } from '../../shared/files/file-tree.ts'
import type { Entry } from './listing.ts'
import { Refusal, refusalOf } from './replies.ts'
import { Upload, type UploadStart } from './upload.ts'
import { hasWildcard, matches } from './wildcard.ts'

/** What `LIST`, `NLST` and `MLSD` name: the entries, and what stands before each name to make a path of it. */
export interface Selection {
  readonly prefix: string
  readonly entries: AsyncIterable<Entry>
}

/** How many entries of a folder are looked at side by side. */
const STATS_AT_ONCE = 32

export class Tree {
  readonly #files: FileTree
  #folder = '/'

  constructor(files: FileTree) {
    this.#files = files
  }

  /** The working directory, as the client names it. */
  currentDirectory(): string {
    return this.#folder
  }

  /** Changes the working directory; returns it. */
  chdir(path: string | null): Promise<string> {
    return refusing(this.#chdir(path))
  }

  async #chdir(path: string | null): Promise<string> {
    const entry = await this.entry(path ?? '')
    if (entry.kind !== 'directory') throw new Refusal(550, 'Not a directory')
    this.#folder = this.resolve(path ?? '')
    return this.#folder
  }

  /** Makes a directory; returns its whole path. */
  mkdir(path: string | null): Promise<string> {
    return refusing(this.#mkdir(path))
  }

  async #mkdir(path: string | null): Promise<string> {
    await mkdir(await this.#locate(named(path ?? '')))
    return this.resolve(path ?? '')
  }

  /** What the client's words mean from where it is. `..` at the top stays at the top. */
  resolve(path: string): string {
    return posix.resolve('/', this.#folder, path)
  }

  /** Looks at one file or directory, links followed. */
  async entry(path: string): Promise<Entry> {
    const found = await look(await this.#locate(path), posix.basename(this.resolve(path)) || '/')
    if (!found) throw new Refusal(550, 'Not a plain file or directory')
    return found
  }

  async file(path: string): Promise<Entry> {
    const entry = await this.entry(named(path))
    if (entry.kind !== 'file') throw new Refusal(550, 'Not a plain file')
    return entry
  }

  /** Opens a file to read it. Whoever asked closes it. */
  async read(path: string): Promise<{ handle: FileHandle; size: number }> {
    const { size } = await this.file(path)
    return { handle: await open(await this.#locate(path), 'r'), size }
  }

  /** Begins to write a file, under another name until it is complete. */
  async write(path: string, start: UploadStart): Promise<Upload> {
    const target = await this.#locate(named(path))
    const there = await stat(target).catch(ignoreMissing)
    if (there && !there.isFile()) throw new Refusal(550, 'Not a plain file')
    return Upload.begin(target, start)
  }

  async remove(path: string): Promise<void> {
    const target = await this.#locate(named(path))
    if ((await lstat(target)).isDirectory()) throw new Refusal(550, 'Is a directory; RMD removes it')
    await unlink(target)
  }

  async removeDirectory(path: string): Promise<void> {
    if (this.resolve(named(path)) === '/') throw new Refusal(550, 'The top cannot be removed')
    await rmdir(await this.#locate(path))
  }

  /** Both paths are from where the session is now. */
  async rename(from: string, to: string): Promise<void> {
    if (this.resolve(from) === '/' || this.resolve(named(to)) === '/') throw new Refusal(553, 'The top has no name')
    await rename(await this.#locate(from), await this.#locate(to))
  }

  /** The entries that an argument of LIST names: a directory's, one file, or those that fit a wildcard. */
  async select(path: string): Promise<Selection> {
    const pattern = posix.basename(path)
    try {
      const entry = await this.entry(path)
      if (entry.kind === 'directory') return this.#folderSelection(path, () => true)
      return { prefix: folderPrefix(path), entries: only(entry) }
    } catch (error) {
      if (!hasWildcard(pattern) || refusalOf(error)?.code !== 550) throw error
    }
    return this.#folderSelection(folderPrefix(path), name => matches(pattern, name))
  }

  async #folderSelection(path: string, wanted: (name: string) => boolean): Promise<Selection> {
    const folder = await this.#locate(path)
    const names = (await readdir(folder)).filter(name => wanted(name) && isListed(name)).sort()
    const prefix = path === '' || path.endsWith('/') ? path : `${path}/`
    return { prefix, entries: this.#entries(path, names) }
  }

  async *#entries(folder: string, names: readonly string[]): AsyncIterable<Entry> {
    for (let at = 0; at < names.length; at += STATS_AT_ONCE) {
      const some = names.slice(at, at + STATS_AT_ONCE)
      const found = await Promise.all(some.map(name => this.#listed(posix.join(this.resolve(folder), name), name)))
      for (const entry of found) if (entry) yield entry
    }
  }

  /** An entry of a listing; one that leads out, is not complete, or is gone by now, is not in it. */
  async #listed(path: string, name: string): Promise<Entry | undefined> {
    try {
      return await look(await this.#locate(path), name)
    } catch (error) {
      if (refusalOf(error) === undefined) throw error
      return undefined
    }
  }

  #locate(path: string): Promise<string> {
    return this.#files.locate(this.resolve(path))
  }
}

/** For what ftp-srv calls: it tells clients an error's message as it stands, so no path of this machine may be in it. */
async function refusing<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work
  } catch (error) {
    throw refusalOf(error) ?? error
  }
}

/** @throws Refusal where a command came without the name it needs */
function named(path: string): string {
  if (path === '') throw new Refusal(501, 'It needs a name')
  return path
}

/** Undefined for what is neither file nor directory: reading a pipe or a device would never end. */
async function look(target: string, name: string): Promise<Entry | undefined> {
  const found = await stat(target)
  if (!found.isFile() && !found.isDirectory()) return undefined
  const kind = found.isFile() ? 'file' : 'directory'
  return { name, kind, size: found.size, modified: found.mtime, mode: found.mode }
}

/** A name with an end of line in it cannot be written in a listing, nor in a command. */
function isListed(name: string): boolean {
  return !/[\r\n]/.test(name)
}

function folderPrefix(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1)
}

async function* only(entry: Entry): AsyncIterable<Entry> {
  yield entry
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}
