/**
 * Caches files in memory by request path, bounded in bytes. The file that was checked longest ago is evicted first; files in
 * use are checked once in a period, so that is the one that was not requested for the longest time.
 *
 * The clock for ctime is coarse (4 ms on Linux, up to 2 s on some file systems): a file written twice within one tick can look
 * unchanged. So the cache accepts only files whose last change is older than that.
 */
import { realpathSync, statSync } from 'node:fs'
import type { CachedFile } from './cached-file.ts'
import type { Coding } from './content-coding.ts'
import type { Freshness } from './freshness.ts'
import { isSameNeighbour } from './neighbours.ts'
import type { ReadyContent } from './ready-content.ts'
import { type FileVersion, isSameVersion, type SourceFile } from './source-file.ts'

const MAX_BYTES = 64 * 1024 * 1024
/** The coarsest clock of a file system. */
const CLOCK_RESOLUTION_MS = 2000

/** True if a later write of the file cannot go unnoticed. */
export function isSettledVersion({ ctimeMs }: FileVersion, now: number): boolean {
  return now - ctimeMs > CLOCK_RESOLUTION_MS
}

export class FileCache {
  readonly #files = new Map<string, CachedFile>()
  readonly #freshness: Freshness
  readonly #maxBytes: number
  #bytes = 0

  constructor(freshness: Freshness, maxBytes = MAX_BYTES) {
    this.#freshness = freshness
    this.#maxBytes = maxBytes
  }

  /** Returns the file of a request path, unless it was found changed. */
  get(path: string): CachedFile | undefined {
    const file = this.#files.get(path)
    if (file === undefined || file.checkedIn === this.#freshness.period) return file
    return this.#check(path, file)
  }

  /** Adds a file that was just read, and evicts others if the cache is full. Ignores one that is not settled. */
  put(path: string, file: CachedFile, now: number): void {
    if (!isSettledVersion(file.description.found.version, now) || !isPlain(path)) return
    this.#delete(path)
    this.#set(path, file)
    this.#evict()
  }

  /** Adds the content of a file in a coding. */
  add(path: string, file: CachedFile, coding: Coding, content: ReadyContent): void {
    const bytes = file.bytes
    file.add(coding, content)
    if (this.#files.get(path) !== file) return
    this.#bytes += file.bytes - bytes
    this.#evict()
  }

  #evict(): void {
    for (const oldest of this.#files.keys()) {
      if (this.#bytes <= this.#maxBytes) return
      this.#delete(oldest)
    }
  }

  /** The calls are synchronous on purpose: they take a few µs, and a call on the thread pool more than a whole response. */
  #check(path: string, file: CachedFile): CachedFile | undefined {
    const period = this.#freshness.beginCheck()
    this.#delete(path)
    if (!isUnchanged(file)) return undefined
    file.checkedIn = period
    this.#set(path, file)
    return file
  }

  #set(path: string, file: CachedFile): void {
    this.#files.set(path, file)
    this.#bytes += file.bytes
  }

  #delete(path: string): void {
    const file = this.#files.get(path)
    if (!file) return
    this.#files.delete(path)
    this.#bytes -= file.bytes
  }
}

/** True if the request target of the path is the path itself, so that one key serves for both. */
function isPlain(path: string): boolean {
  return !/[%?#]/.test(path)
}

function isUnchanged({ description: { found, neighbours } }: CachedFile): boolean {
  try {
    return isSameSource(found) && neighbours.every(isSameNeighbour)
  } catch {
    // The response from disk reports the same error, such as a lost permission.
    return false
  }
}

function isSameSource({ file, real, version }: SourceFile): boolean {
  // A folder above the file can have become a link that leads out of the tree.
  if (realpathSync.native(file) !== real) return false
  const current = statSync(real, { throwIfNoEntry: false })
  return current !== undefined && isSameVersion(current, version)
}
