/** Watches a folder, and reports changes after a pause. */
import { type FSWatcher, statSync, watch } from 'node:fs'
import { errorText } from '../../../shared/errors.ts'
import type { Log } from '../../../shared/log.ts'

/** Editors write a file in several steps, and scripts write several files: wait for a pause this long. */
const QUIET_MS = 100
/** Changes without a pause are reported after this time. */
const MAX_DELAY_MS = 2000
/** Checks whether the folder was replaced; if the system cannot watch it, assumes a change. */
const POLL_INTERVAL_MS = 2000

export interface FolderWatcherOptions {
  readonly folder: string
  readonly log: Log
  /** Called after a change, and sometimes without one. */
  readonly onChange: () => void
}

export class FolderWatcher {
  readonly #options: FolderWatcherOptions
  readonly #pollTimer: NodeJS.Timeout
  #watcher: FSWatcher | undefined
  /** The inode of the watched folder. Another folder may have its name by now. */
  #inode: number | undefined
  #quietTimer: NodeJS.Timeout | undefined
  #firstChangeAt = 0

  constructor(options: FolderWatcherOptions) {
    this.#options = options
    this.#startWatching()
    this.#pollTimer = setInterval(() => this.#poll(), POLL_INTERVAL_MS).unref()
  }

  close(): void {
    this.#stopWatching()
    clearTimeout(this.#quietTimer)
    clearInterval(this.#pollTimer)
  }

  #startWatching(): void {
    const { folder, log } = this.#options
    try {
      this.#inode = inodeOf(folder)
      this.#watcher = watch(folder, { persistent: false }, () => this.#onEvent())
      this.#watcher.on('error', () => this.#stopWatching())
    } catch (error) {
      log.warn({ folder, error: errorText(error) }, 'dns: cannot watch a folder; polling it instead')
    }
  }

  #stopWatching(): void {
    this.#watcher?.close()
    this.#watcher = undefined
  }

  #poll(): void {
    const { folder, onChange } = this.#options
    const inode = inodeOf(folder)
    if (this.#watcher && inode === this.#inode) return
    if (inode !== undefined && inode !== this.#inode) {
      this.#stopWatching()
      this.#startWatching()
    }
    onChange()
  }

  #onEvent(): void {
    const now = performance.now()
    if (!this.#quietTimer) this.#firstChangeAt = now
    else if (now - this.#firstChangeAt > MAX_DELAY_MS) return
    clearTimeout(this.#quietTimer)
    this.#quietTimer = setTimeout(() => {
      this.#quietTimer = undefined
      this.#options.onChange()
    }, QUIET_MS)
  }
}

function inodeOf(folder: string): number | undefined {
  return statSync(folder, { throwIfNoEntry: false })?.ino
}
