/** Counts the bytes and files of a transfer of many files. Pure. */
import type { FtpProgress } from '../operations/result.ts'

/** How far a transfer of files is: one of them, and all. */
export interface FtpFilesProgress extends FtpProgress {
  readonly overall: {
    /** The number of files to transfer, and of those that are complete or have failed. */
    readonly files: number
    readonly done: number
    /** Bytes transferred by this operation, and those to transfer. */
    readonly bytes: number
    readonly total: number
  }
}

/** Called during a transfer of files. */
export type OnFilesProgress = (progress: FtpFilesProgress) => void

/** Counts one file. */
export interface FileCounter {
  /** Counts bytes that were transferred. */
  readonly onBytes: (count: number) => void
  /** Takes the number of bytes that are there already. */
  readonly onContinue: (size: number) => void
  /** Counts the file as done. */
  readonly finish: () => void
}

export class ProgressCounter {
  readonly #report: OnFilesProgress | undefined
  readonly #files: number
  #total: number
  #done = 0
  #bytes = 0

  constructor(report: OnFilesProgress | undefined, files: number, total: number) {
    this.#report = report
    this.#files = files
    this.#total = total
  }

  /** Starts to count a file. */
  startFile(file: string, total: number): FileCounter {
    let bytes = 0
    const report = () => {
      const overall = { files: this.#files, done: this.#done, bytes: this.#bytes, total: this.#total }
      this.#report?.({ file, bytes, total, overall })
    }
    return {
      onBytes: count => {
        bytes += count
        this.#bytes += count
        report()
      },
      onContinue: size => {
        // After a broken connection, this operation has transferred them itself.
        if (bytes === 0) this.#total -= size
        bytes = size
      },
      finish: () => {
        this.#done += 1
        report()
      },
    }
  }
}
