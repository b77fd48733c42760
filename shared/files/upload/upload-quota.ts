/** Keeps one upload within the file quota of its account. */
import type { Stats } from 'node:fs'
import { FileError } from '../file-error.ts'
import type { FileTree } from '../file-tree.ts'
import { bytesInFolders } from '../file-usage.ts'
import { isSameFile } from '../open/path-opener.ts'

/** The files that count. */
interface QuotaScope {
  readonly tree: FileTree
  /** The folders that the account may write, as paths from the root. */
  readonly folders: readonly string[]
  /** The folder of the file that the upload replaces, and its name: it does not count. */
  readonly folder: Stats
  readonly name: string
}

export class UploadQuota {
  readonly #limit: number
  readonly #scope: QuotaScope
  /** Bytes of the other files. */
  #used = 0
  /** Bytes of the upload. */
  #size = 0

  constructor(limit: number, scope: QuotaScope) {
    this.#limit = limit
    this.#scope = scope
  }

  /**
   * Measures the other files, those of other uploads included. An upload calls it at the start, and again before it replaces its
   * file, because other uploads may have received bytes meanwhile.
   *
   * @param temporary the name of the file of this upload, whose bytes are those that were added
   * @param signal ends the measurement
   * @throws FileError with code `over-quota` if the upload does not fit beside them, or the reason of the signal
   */
  async measure(temporary: string, signal?: AbortSignal): Promise<void> {
    const { tree, folders, folder: own, name: replaced } = this.#scope
    const isOther = (folder: Stats, name: string) =>
      (name !== replaced && name !== temporary) || !isSameFile(folder, own)
    this.#used = await bytesInFolders(tree, folders, { isCounted: isOther, signal })
    this.add(0)
  }

  /**
   * Counts bytes of the upload.
   *
   * @throws FileError with code `over-quota` if they do not fit
   */
  add(bytes: number): void {
    this.#size += bytes
    if (this.#used + this.#size <= this.#limit) return
    const quota = `the file quota of this account (${this.#limit} bytes)`
    throw new FileError('over-quota', `The upload does not fit: of ${quota}, its other files use ${this.#used} bytes`)
  }
}
