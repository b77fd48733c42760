/**
 * Walks the files below an open folder. It goes from a folder to the next by descriptors, because the path of a folder can be longer than
 * the system allows: a client makes such paths by moving folders into others.
 */
import type { Stats } from 'node:fs'
import { errorCode } from '../../errors.ts'
import { readNames, statNames } from './list-folder.ts'
import type { OpenEntry } from './open-entry.ts'

/** Folders between the first and the current one that stay open. The others are opened again from below. */
const MAX_OPEN_FOLDERS = 8

/** Errors of files and folders that were just removed, replaced by something else, or are not accessible. */
const SKIPPED_ERRORS: ReadonlySet<string> = new Set(['ENOENT', 'EACCES', 'EPERM', 'ENOTDIR', 'ELOOP'])

/** Some of the files in a folder. */
export interface WalkedFiles {
  readonly folder: Stats
  readonly files: readonly (readonly [name: string, stats: Stats])[]
}

/** A folder on the way from the first to the current one. */
interface Level {
  folder: OpenEntry
  /** The names of its folders that were not visited. */
  readonly unvisited: string[]
}

/**
 * Yields the files below a folder, and closes the folder. Does not follow links.
 *
 * @throws FileError with code `changed` if another program moves a folder to which the walk has to return, or the reason of the signal
 */
export async function* walkFiles(start: OpenEntry, signal?: AbortSignal): AsyncGenerator<WalkedFiles> {
  const walk = new Walk()
  try {
    for (let folder: OpenEntry | undefined = start; folder; folder = await walk.openNext()) {
      const onFolder = walk.enter(folder)
      // An empty folder has no batches.
      signal?.throwIfAborted()
      yield* filesIn(folder, onFolder, signal)
    }
  } finally {
    walk.close()
  }
}

/** Yields the files in a folder, in batches; passes the names of its folders. */
async function* filesIn(
  folder: OpenEntry,
  onFolder: (name: string) => void,
  signal: AbortSignal | undefined,
): AsyncGenerator<WalkedFiles> {
  try {
    for await (const names of readNames(folder, () => true)) {
      for await (const batch of statNames(folder, names)) {
        signal?.throwIfAborted()
        const files: [string, Stats][] = []
        for (const [name, stats] of batch) {
          if (stats?.isDirectory()) onFolder(name)
          if (stats?.isFile()) files.push([name, stats])
        }
        yield { folder: folder.stats, files }
      }
    }
  } catch (error) {
    skip(error)
  }
}

class Walk {
  readonly #levels: Level[] = []
  /** Folders of all levels that were not visited. */
  #unvisited = 0

  /** Returns a function that adds a folder in this one to those that must be visited. */
  enter(folder: OpenEntry): (name: string) => void {
    const unvisited: string[] = []
    this.#levels.push({ folder, unvisited })
    return name => {
      unvisited.push(name)
      this.#unvisited += 1
    }
  }

  /** Opens the next folder that was not visited; undefined after the last one. */
  async openNext(): Promise<OpenEntry | undefined> {
    while (this.#unvisited > 0) {
      const level = this.#levels.at(-1)
      const name = level?.unvisited.pop()
      if (!level || name === undefined) {
        await this.#leave()
        continue
      }
      this.#unvisited -= 1
      const folder = await level.folder.openFolder(name).catch(skip)
      if (!folder) continue
      this.#levels.at(-MAX_OPEN_FOLDERS)?.folder.close()
      return folder
    }
    return undefined
  }

  /** Goes back to the folder that contains the current one. */
  async #leave(): Promise<void> {
    const left = this.#levels.pop()
    const parent = this.#levels.at(-1)
    try {
      if (left && parent?.folder.isClosed) parent.folder = await parent.folder.reopenFrom(left.folder)
    } finally {
      left?.folder.close()
    }
  }

  close(): void {
    for (const { folder } of this.#levels) folder.close()
  }
}

/** @throws the error, unless the walk continues without the file or folder */
function skip(error: unknown): undefined {
  if (!SKIPPED_ERRORS.has(errorCode(error) ?? '')) throw error
}
