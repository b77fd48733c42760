/** Keeps one upload within the file quota of its account. */
import path from 'node:path'
import { FileError } from '../file-error.ts'
import { bytesInFolders } from '../file-usage.ts'

/** The files that count. */
interface QuotaScope {
  /** The absolute path of the tree. */
  readonly root: string
  /** The folders that the account may write, as paths from the root. */
  readonly folders: readonly string[]
  /** The file that the upload replaces, as a path from the root: it does not count. */
  readonly replaced: string
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
   * @throws FileError with code `over-quota` if the upload does not fit beside them
   */
  async measure(temporary: string): Promise<void> {
    const { root, folders, replaced } = this.#scope
    const replacedFile = path.join(root, replaced)
    const isOther = (file: string) => file !== replacedFile && path.basename(file) !== temporary
    this.#used = await bytesInFolders(root, folders, isOther)
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
