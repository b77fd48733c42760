/**
 * The content of small files that were sent before. To send one again takes one `stat`, which shows whether it has changed, in
 * place of opening, reading and closing it: for a small file, that takes longer than the transfer.
 */
import { type Stats, statSync } from 'node:fs'
import { type FileHandle, statfs } from 'node:fs/promises'

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

/** The magic numbers of file systems (`statfs`) on disks and in the memory of the machine: ext, XFS, Btrfs, F2FS, ZFS, overlayfs, tmpfs. */
const LOCAL_FILE_SYSTEMS: ReadonlySet<number> = new Set([
  0xef53, 0x58465342, 0x9123683e, 0xf2f52010, 0x2fc12fc1, 0x794c7630, 0x01021994,
])

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
  readonly #localDevices = new Map<number, boolean>()
  #bytes = 0
  readonly #now: () => number

  /** @param now the time in milliseconds since 1970 */
  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  /**
   * Returns the content if the file is the same as when it was read. Synchronous: the system knows the properties of a file that
   * was read, and the way to the thread pool and back takes ten times as long.
   */
  find(file: string): ReadFile | undefined {
    const read = this.#files.get(file)
    if (!read) return undefined
    const current = statIfPossible(file)
    this.#remove(file, read)
    if (!current || !isSame(current, read.stats)) return undefined
    this.#insert(file, read)
    return read
  }

  /**
   * Reads a file, also for the next calls of `find`. Returns undefined if it is large, has changed lately, or is on a file system of
   * another machine, whose `stat` can take long.
   */
  async read(
    file: string,
    handle: FileHandle,
    { stats, target }: Omit<ReadFile, 'content'>,
  ): Promise<Buffer | undefined> {
    if (stats.size > MAX_FILE_BYTES || this.#now() - stats.ctimeMs < MIN_AGE_MS) return undefined
    if (!(await this.#isLocal(file, stats.dev))) return undefined
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

  async #isLocal(file: string, device: number): Promise<boolean> {
    const known = this.#localDevices.get(device)
    if (known !== undefined) return known
    const { type } = await statfs(file)
    const isLocal = LOCAL_FILE_SYSTEMS.has(type)
    this.#localDevices.set(device, isLocal)
    return isLocal
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

function statIfPossible(file: string): Stats | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}

/** The memory of an empty file counts too. */
function sizeOf({ content }: ReadFile): number {
  return content.length + OVERHEAD_BYTES
}

function isSame(a: Stats, b: Stats): boolean {
  return a.ino === b.ino && a.dev === b.dev && a.size === b.size && a.mtimeMs === b.mtimeMs && a.ctimeMs === b.ctimeMs
}
