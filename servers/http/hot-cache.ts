/**
 * Small files that were asked for, kept in memory. A file that FTP has just replaced must be seen at once, so nothing is
 * taken from here without looking at the file again: one `stat`, and all of device, inode, size, mtime and ctime as they
 * were when it was read. It is the synchronous one on purpose: on a file that is in use it takes some 2 µs, an answer
 * takes some 13, and the way through the thread pool and back costs more than both.
 *
 * The kernel's clock for ctime has a grain (a tick of 4 ms on Linux, up to 2 s on some file systems): a file written twice
 * within it can look the same. So only a file whose last change was longer ago than that is kept.
 */
import { statSync } from 'node:fs'
import { type FileState, type Representation, sameState } from './representation.ts'

/** A file in memory, in one state. */
export interface HotFile {
  readonly file: string
  readonly state: FileState
  readonly representation: Representation
  readonly content: Buffer
}

/** How many files are kept; each is small, so they take some ten megabytes at most. */
const MAX_FILES = 256
/** The coarsest grain of a file system's clock. */
const CLOCK_GRAIN_MS = 2000

export class HotCache {
  readonly #files = new Map<string, HotFile>()

  get size(): number {
    return this.#files.size
  }

  /** The file kept for that path, as it is on disk at this moment; undefined where there is none, or it has changed. */
  get(path: string): HotFile | undefined {
    const hot = this.#files.get(path)
    if (!hot) return undefined
    if (isUnchanged(hot)) return hot
    this.#files.delete(path)
    return undefined
  }

  /** Keeps a file that was just read, if its state can be told from later ones. The one kept longest makes room. */
  put(path: string, hot: HotFile, now: number): void {
    if (now - hot.state.ctimeMs <= CLOCK_GRAIN_MS) return
    this.#files.delete(path)
    this.#files.set(path, hot)
    if (this.#files.size <= MAX_FILES) return
    for (const oldest of this.#files.keys()) return void this.#files.delete(oldest)
  }
}

function isUnchanged({ file, state }: HotFile): boolean {
  try {
    const now = statSync(file, { throwIfNoEntry: false })
    return now !== undefined && sameState(now, state)
  } catch {
    // Whatever it is (no permission any more, a loop of links), the long way will find and report it.
    return false
  }
}
