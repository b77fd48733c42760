/**
 * Caches small files in memory. A client must see a file that FTP has just replaced, so every lookup calls `stat` and compares
 * device, inode, size, mtime and ctime. The call is synchronous on purpose: it takes about 2 µs, a whole response about 13 µs,
 * and a call on the thread pool more than both.
 *
 * The clock for ctime is coarse (4 ms on Linux, up to 2 s on some file systems): a file written twice within one tick can look
 * unchanged. So the cache accepts only files whose last change is older than that.
 */
import { statSync } from 'node:fs'
import { type FileVersion, isSameVersion, type Representation } from './representation.ts'

/** One version of a file, in memory. */
export interface CachedFile {
  readonly file: string
  readonly version: FileVersion
  readonly representation: Representation
  readonly bytes: Buffer
}

/** Bounds the cache to 16 MiB, since each file is small. */
const MAX_FILES = 256
/** The coarsest clock of a file system. */
const CLOCK_RESOLUTION_MS = 2000

export class FileCache {
  readonly #files = new Map<string, CachedFile>()

  /** Returns the cached file of a request path if the file on disk has not changed. */
  get(path: string): CachedFile | undefined {
    const cached = this.#files.get(path)
    if (!cached) return undefined
    if (isUnchanged(cached)) return cached
    this.#files.delete(path)
    return undefined
  }

  /** Adds a file that was just read, unless a later write could go unnoticed. Evicts the oldest entry if the cache is full. */
  put(path: string, entry: CachedFile, now: number): void {
    if (now - entry.version.ctimeMs <= CLOCK_RESOLUTION_MS) return
    this.#files.delete(path)
    this.#files.set(path, entry)
    if (this.#files.size <= MAX_FILES) return
    for (const oldest of this.#files.keys()) return void this.#files.delete(oldest)
  }
}

function isUnchanged({ file, version }: CachedFile): boolean {
  try {
    const current = statSync(file, { throwIfNoEntry: false })
    return current !== undefined && isSameVersion(current, version)
  } catch {
    // The response from disk reports the same error, such as a lost permission.
    return false
  }
}
