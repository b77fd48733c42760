/** Tells when something in a folder has changed, once it has come to rest. */
import { type FSWatcher, statSync, watch } from 'node:fs'
import { errorText } from '../../../shared/errors.ts'
import type { Log } from '../../../shared/log.ts'

/** Editors write a file in several steps, and scripts write several files. */
const REST_MS = 100
/** What never comes to rest does not keep the others waiting. */
const MAX_UNREST_MS = 2000
/** How often to look where the system does not watch, and whether it still watches the right folder. */
const LOOK_MS = 2000

/** What a watch is told. */
export interface FolderWatcherOptions {
  readonly folder: string
  readonly log: Log
  /** Called after a change; now and then without one. */
  readonly onChange: () => void
}

export class FolderWatcher {
  readonly #options: FolderWatcherOptions
  readonly #look: NodeJS.Timeout
  #watcher: FSWatcher | undefined
  /** The folder that is watched; another may have its name by now. */
  #inode: number | undefined
  #rest: NodeJS.Timeout | undefined
  #unrestSince = 0

  constructor(options: FolderWatcherOptions) {
    this.#options = options
    this.#begin()
    this.#look = setInterval(() => this.#lookAfter(), LOOK_MS).unref()
  }

  close(): void {
    this.#end()
    clearTimeout(this.#rest)
    clearInterval(this.#look)
  }

  #begin(): void {
    const { folder, log } = this.#options
    try {
      this.#inode = inodeOf(folder)
      this.#watcher = watch(folder, { persistent: false }, () => this.#changed())
      this.#watcher.on('error', () => this.#end())
    } catch (error) {
      log.warn(
        { folder, error: errorText(error) },
        'dns: the system does not watch this folder; it is looked at instead',
      )
    }
  }

  #end(): void {
    this.#watcher?.close()
    this.#watcher = undefined
  }

  #lookAfter(): void {
    const { folder, onChange } = this.#options
    const inode = inodeOf(folder)
    if (this.#watcher && inode === this.#inode) return
    if (inode !== undefined && inode !== this.#inode) {
      this.#end()
      this.#begin()
    }
    onChange()
  }

  #changed(): void {
    const now = performance.now()
    if (!this.#rest) this.#unrestSince = now
    else if (now - this.#unrestSince > MAX_UNREST_MS) return
    clearTimeout(this.#rest)
    this.#rest = setTimeout(() => {
      this.#rest = undefined
      this.#options.onChange()
    }, REST_MS)
  }
}

function inodeOf(folder: string): number | undefined {
  return statSync(folder, { throwIfNoEntry: false })?.ino
}
