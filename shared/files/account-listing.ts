/** Lists directories of the tree with the permissions of one account. */
import { readdir } from 'node:fs/promises'
import { errorCode } from '../errors.ts'
import { createEntry, type Entry } from './entry.ts'
import { FileError, OutsideTreeError } from './file-error.ts'
import { readNames, statNames } from './open/list-folder.ts'
import type { OpenEntry } from './open/open-entry.ts'
import type { PermittedTree } from './permitted-tree.ts'
import { isTemporary } from './upload/temporary-file.ts'

export class AccountListing {
  readonly #permitted: PermittedTree
  readonly #stat: (path: string) => Promise<Entry>

  /** @param stat returns what a link leads to */
  constructor(permitted: PermittedTree, stat: (path: string) => Promise<Entry>) {
    this.#permitted = permitted
    this.#stat = stat
  }

  /** Returns the names in a directory, sorted; `list` yields their entries. */
  async names(path: string): Promise<readonly string[]> {
    const folder = await this.#permitted.open(path, 'list', 'folder')
    return (await readdir(folder.path).finally(() => folder.close())).sort()
  }

  /** Yields the entries of names in a directory, in batches, without those that the account may not see. */
  async *list(directory: string, names: readonly string[]): AsyncGenerator<readonly Entry[]> {
    const folder = await this.#permitted.open(directory, 'list', 'folder')
    try {
      yield* this.#entriesOf(folder, names)
    } finally {
      folder.close()
    }
  }

  /** @throws if the path is not that of a directory that the account may list */
  async checkDirectory(path: string): Promise<void> {
    const folder = await this.#permitted.open(path, 'list', 'folder')
    folder.close()
  }

  /**
   * Yields the entries of a directory, in batches, without those that the account may not see; by name unless there are more than
   * 10,000.
   *
   * @param isListed returns true for the names to list
   */
  async *listDirectory(path: string, isListed: (name: string) => boolean): AsyncGenerator<readonly Entry[]> {
    const folder = await this.#permitted.open(path, 'list', 'folder')
    try {
      for await (const names of readNames(folder, isListed)) yield* this.#entriesOf(folder, names)
    } finally {
      folder.close()
    }
  }

  async *#entriesOf(folder: OpenEntry, names: readonly string[]): AsyncGenerator<readonly Entry[]> {
    const prefix = folder.target === '/' ? '/' : `${folder.target}/`
    const seesAll = this.#permitted.allowsAllIn(folder.target)
    const isVisible = (path: string) => seesAll || this.#permitted.allows('enter', path)
    for await (const batch of statNames(folder, names)) {
      const entries: Entry[] = []
      for (const [name, stats] of batch) {
        if (!stats || isTemporary(name)) continue
        const path = prefix + name
        const isLink = stats.isSymbolicLink()
        const entry = isLink ? await this.#statLink(path, name) : isVisible(path) && createEntry(name, stats, [path])
        if (entry) entries.push(entry)
      }
      yield entries
    }
  }

  /** Returns undefined for a link to a target outside the tree, one that does not exist, or one that the account may not see. */
  async #statLink(path: string, name: string): Promise<Entry | undefined> {
    try {
      return { ...(await this.#stat(path)), name }
    } catch (error) {
      if (isAboutPath(error)) return undefined
      throw error
    }
  }
}

/** False for a defect of the program. */
function isAboutPath(error: unknown): boolean {
  if (error instanceof FileError || error instanceof OutsideTreeError) return true
  return /^E[A-Z0-9]+$/.test(errorCode(error) ?? '')
}
