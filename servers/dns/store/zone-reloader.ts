/** Reloads zone files when they change or on request. */
import { runInTimeSlices } from '../../../shared/async/cooperative.ts'
import { errorText } from '../../../shared/errors.ts'
import type { Log } from '../../../shared/log.ts'
import type { LoadFailure, ZoneFiles } from '../master-file/zone-files.ts'
import { FolderWatcher } from './folder-watcher.ts'
import type { ZoneStore } from './zone-store.ts'

export class ZoneReloader {
  readonly #files: ZoneFiles
  readonly #store: ZoneStore
  readonly #log: Log
  readonly #abort = new AbortController()
  readonly #watchers = new Map<string, FolderWatcher>()
  #current: Promise<readonly LoadFailure[]> | undefined
  /** Requested during the current reload, which may have read the files before they changed. */
  #next: Promise<readonly LoadFailure[]> | undefined

  constructor(files: ZoneFiles, store: ZoneStore, log: Log) {
    this.#files = files
    this.#store = store
    this.#log = log
    this.#watchFolders()
  }

  /**
   * Loads changed files and serves their zones. A zone whose file is invalid is served unchanged.
   *
   * @throws ZoneError for the first invalid file
   */
  async reload(): Promise<void> {
    const [failure] = await this.#schedule()
    if (failure) throw failure.error
  }

  /** Aborts a reload; resolves when it has ended. */
  async close(): Promise<void> {
    for (const watcher of this.#watchers.values()) watcher.close()
    this.#abort.abort()
    await Promise.allSettled([this.#current, this.#next])
  }

  /** Watches exactly the folders of the loaded files. */
  #watchFolders(): void {
    const { folders } = this.#files
    for (const [folder, watcher] of this.#watchers) {
      if (folders.has(folder)) continue
      watcher.close()
      this.#watchers.delete(folder)
    }
    for (const folder of folders) {
      if (this.#watchers.has(folder)) continue
      const onChange = () => void this.#onChange()
      this.#watchers.set(folder, new FolderWatcher({ folder, log: this.#log, onChange }))
    }
  }

  async #onChange(): Promise<void> {
    try {
      for (const { error, isNew, served } of await this.#schedule()) {
        const consequence = served ? 'serving the zone unchanged' : 'not serving the zone'
        if (isNew) this.#log.error({ error: errorText(error) }, `dns: invalid zone file; ${consequence}`)
      }
    } catch (error) {
      if (this.#abort.signal.aborted) return
      this.#log.error({ error: errorText(error) }, 'dns: cannot read the zone files; serving the zones unchanged')
    }
  }

  /** Runs one reload at a time; each call gets a reload that starts after the call. */
  #schedule(): Promise<readonly LoadFailure[]> {
    if (!this.#current) {
      this.#current = this.#run().finally(() => {
        this.#current = undefined
      })
      return this.#current
    }
    this.#next ??= this.#current
      // The callers of the current reload handle its failure.
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined
        return this.#schedule()
      })
    return this.#next
  }

  async #run(): Promise<readonly LoadFailure[]> {
    const { signal } = this.#abort
    signal.throwIfAborted()
    const { zones, failures, warnings } = await this.#files.load(signal)
    signal.throwIfAborted()
    this.#watchFolders()
    for (const { message } of warnings) this.#log.warn({ warning: message }, 'dns: zone warning')
    const notices = await runInTimeSlices(this.#store.replaceInSteps(zones), signal)
    for (const notice of notices) this.#log.warn({ notice }, 'dns: zone served with a higher serial than its file')
    return failures
  }
}
