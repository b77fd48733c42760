/** Opens files and folders of the tree with the permissions of one account. */
import type { Stats } from 'node:fs'
import { posix } from 'node:path'
import { errorCode } from '../errors.ts'
import { FileError } from './file-error.ts'
import type { FileTree } from './file-tree.ts'
import type { OpenEntry } from './open/open-entry.ts'
import { type Action, type FileAccess, Permissions } from './permissions.ts'

/** An entry of an open folder that is to be created, replaced or removed. If it is a link, that is the link itself. */
export interface FolderEntry {
  readonly folder: OpenEntry
  readonly name: string
  /** The path in the tree of the entry itself. */
  readonly path: string
  /** The path in the tree of what it leads to. */
  readonly target: string
  /** What it leads to; undefined if nothing is there. */
  readonly stats: Stats | undefined
}

export class PermittedTree {
  readonly #tree: FileTree
  readonly #permissions: Permissions

  constructor(tree: FileTree, access: FileAccess) {
    this.#tree = tree
    this.#permissions = new Permissions(access)
  }

  /** Opens what a path leads to. The caller closes it. */
  async open(path: string, action: Action, kind: 'any' | 'folder' = 'any'): Promise<OpenEntry> {
    const opening = kind === 'folder' ? this.#tree.openFolder(path) : this.#tree.openPath(path)
    const opened = await opening.catch(async (error: unknown) => {
      // An account must not learn from the error what is at a path that it may not see.
      this.require(action, await this.#tree.targetOf(path))
      throw error
    })
    if (this.allows(action, opened.target)) return opened
    opened.close()
    throw denied(action, opened.target)
  }

  /** Opens the folder of an entry that the account is about to change or delete. The caller closes the folder. */
  async openEntry(path: string, action: 'write' | 'delete'): Promise<FolderEntry> {
    const absolute = posix.resolve('/', path)
    this.#tree.fileOf(absolute)
    const folder = await this.#tree.openFolder(posix.dirname(absolute)).catch(async (error: unknown) => {
      this.require(action, await this.#tree.targetOf(absolute))
      throw error
    })
    try {
      const name = posix.basename(absolute)
      const entry = posix.join(folder.target, name)
      this.require(action, entry)
      return { folder, name, path: entry, ...(await this.#follow(absolute, entry, action)) }
    } catch (error) {
      folder.close()
      throw error
    }
  }

  /** To change a link, the account needs the permission for what it leads to as well. */
  async #follow(path: string, entry: string, action: Action): Promise<Pick<FolderEntry, 'target' | 'stats'>> {
    try {
      const opened = await this.#tree.openPath(path)
      opened.close()
      this.require(action, opened.target)
      return { target: opened.target, stats: opened.stats }
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error
      return { target: entry, stats: undefined }
    }
  }

  /** Changes or deletes an entry of a folder. This process makes one such change at a time. */
  change(path: string, action: 'write' | 'delete', task: (entry: FolderEntry) => Promise<void>): Promise<void> {
    return this.#tree.change(async () => {
      const entry = await this.openEntry(path, action)
      await task(entry).finally(() => entry.folder.close())
    })
  }

  /** @param path a path in the tree, after links are followed */
  allows(action: Action, path: string): boolean {
    return this.#permissions.allow(action, path)
  }

  /** Returns true if the account may see everything in a folder of the tree. */
  allowsAllIn(folder: string): boolean {
    return this.#permissions.allowAllIn(folder)
  }

  /** @throws FileError with code `denied`, whether or not the path exists */
  require(action: Action, path: string): void {
    if (!this.allows(action, path)) throw denied(action, path)
  }

  /** @throws FileError with code `denied` if the move would let the account read what it may not read at its old place */
  requireMove(from: string, to: string): void {
    if (!this.#permissions.allowMove(from, to)) throw denied('read', from)
  }
}

function denied(action: Action, path: string): FileError {
  const verb = action === 'write' || action === 'delete' ? action : 'read'
  return new FileError('denied', `This account may not ${verb} ${path}`)
}
