/**
 * The content of small files that were sent before. To send one again takes one `stat`, which shows whether it has changed, in
 * place of opening, reading and closing it: for a small file, that takes longer than the transfer.
 */
import type { Stats } from 'node:fs'
import { type FileHandle, stat } from 'node:fs/promises'

/** Larger files are read each time. */
const MAX_FILE_BYTES = 64 * 1024
/** Bytes of all files together. */
const MAX_BYTES = 16 * 1024 * 1024
/** Memory of a file beside its content, about. */
const OVERHEAD_BYTES = 1024
/**
 * A file that changed a moment ago can change again without a new time of change, because file systems keep times in steps, some
 * of two seconds.
 */
const MIN_AGE_MS = 2500

/** A file that was read. */
export interface ReadFile {
  readonly stats: Stats
  /** The path in the tree after links are followed, for the check of permissions. */
  readonly target: string
  readonly content: Buffer
}

export class SmallFiles {
  /** By the path on the disk before links are followed. The first is the one unused for the longest time. */
  readonly #files = new Map<string, ReadFile>()
  #bytes = 0
  readonly #now: () => number

  /** @param now the time in milliseconds since 1970 */
  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  /** Returns the content if the file is the same as when it was read. */
  async find(file: string): Promise<ReadFile | undefined> {
    const read = this.#files.get(file)
    if (!read) return undefined
    const current = await stat(file).catch(() => undefined)
    // A concurrent call may have replaced it.
    if (this.#files.get(file) !== read) return undefined
    this.#remove(file, read)
    if (!current || !isSame(current, read.stats)) return undefined
    this.#insert(file, read)
    return read
  }

  /** Reads a file, also for the next calls of `find`; returns undefined if it is large or has changed lately. */
  async read(
    file: string,
    handle: FileHandle,
    { stats, target }: Omit<ReadFile, 'content'>,
  ): Promise<Buffer | undefined> {
    if (stats.size > MAX_FILE_BYTES || this.#now() - stats.ctimeMs < MIN_AGE_MS) return undefined
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(stats.size), 0, stats.size, 0)
    if (bytesRead < stats.size) return undefined
    const known = this.#files.get(file)
    if (known) this.#remove(file, known)
    this.#insert(file, { stats, target, content: buffer })
    for (const [oldest, read] of this.#files) {
      if (this.#bytes <= MAX_BYTES) break
      this.#remove(oldest, read)
    }
    return buffer
  }

  #insert(file: string, read: ReadFile): void {
    this.#files.set(file, read)
    this.#bytes += sizeOf(read)
  }

  #remove(file: string, read: ReadFile): void {
    this.#files.delete(file)
    this.#bytes -= sizeOf(read)
  }
}

/** The memory of an empty file counts too. */
function sizeOf({ content }: ReadFile): number {
  return content.length + OVERHEAD_BYTES
}

function isSame(a: Stats, b: Stats): boolean {
  return a.ino === b.ino && a.dev === b.dev && a.size === b.size && a.mtimeMs === b.mtimeMs && a.ctimeMs === b.ctimeMs
}
