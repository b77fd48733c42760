/** What an account may do with a path of the file tree, after links and `..` are resolved. Pure. */
import { isBelow, leadsTo } from '../store/account-paths.ts'

interface AccountPaths {
  readonly read: readonly string[]
  readonly write: readonly string[]
  /** Undefined for the folders of `write`. */
  readonly delete?: readonly string[] | undefined
}

/** What an account may do in the tree. */
export interface FileAccess extends AccountPaths {
  /** Bytes that the files in the folders of `write` may have together; undefined for no limit. */
  readonly fileQuota?: number | undefined
}

/**
 * - `read`: the content of a file.
 * - `write`: to create a file or directory, to replace a file, and to change its attributes.
 * - `delete`: to remove a file or directory, or to give it another name.
 * - `list`: the names in a directory.
 * - `enter`: type, size and time of a file or directory, and to make a directory the working directory.
 */
export type Action = 'read' | 'write' | 'delete' | 'enter' | 'list'

/**
 * A folder above the account's own folders can be entered and listed, so that clients can walk down from the root; the listing
 * has only the names that lead to the account's folders.
 */
export class Permissions {
  readonly #read: readonly string[]
  readonly #all: readonly string[]
  readonly #write: readonly string[]
  readonly #delete: readonly string[]

  constructor({ read, write, delete: deletable = write }: AccountPaths) {
    this.#read = read
    this.#write = write
    this.#delete = deletable
    this.#all = [...read, ...write, ...deletable]
  }

  allow(action: Action, path: string): boolean {
    switch (action) {
      case 'read':
        return isBelow(path, this.#read)
      case 'write':
        return isBelow(path, this.#write)
      case 'delete':
        return isBelow(path, this.#delete)
      case 'list':
        return isBelow(path, this.#read) || leadsTo(path, this.#all)
      case 'enter':
        return isBelow(path, this.#all) || leadsTo(path, this.#all)
    }
  }

  /** True if everything in the folder can be entered. */
  allowAllIn(folder: string): boolean {
    return isBelow(folder, this.#all)
  }

  /** False if the move would let the account read what it may not read at its old place. */
  allowMove(from: string, to: string): boolean {
    const canReadSomeOfTarget = isBelow(to, this.#read) || leadsTo(to, this.#read)
    return isBelow(from, this.#read) || !canReadSomeOfTarget
  }
}
