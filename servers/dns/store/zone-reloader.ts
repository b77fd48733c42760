/** Reloads zone files when they change or on request. */
import { runInTimeSlices } from '../../../shared/async/cooperative.ts'
import { errorText } from '../../../shared/errors.ts'
import type { Log } from '../../../shared/log.ts'
import type { ZoneFiles, ZoneProblem } from '../master-file/zone-files.ts'
import { FolderWatcher } from './folder-watcher.ts'
import type { ZoneStore } from './zone-store.ts'

export class ZoneReloader {
  readonly #files: ZoneFiles
  readonly #store: ZoneStore
  readonly #log: Log
  readonly #abort = new AbortController()
  readonly #watchers = new Map<string, FolderWatcher>()
  #current: Promise<readonly ZoneProblem[]> | undefined
  /** Requested during the current reload, which may have read the files before they changed. */
  #next: Promise<readonly ZoneProblem[]> | undefined

  constructor(files: ZoneFiles, store: ZoneStore, log: Log) {
    this.#files = files
    this.#store = store
    this.#log = log
    this.#watchFolders()
  }

  /**
   * Reads the files that have changed, and serves their zones. A zone whose file is invalid is served unchanged.
   *
   * @throws ZoneError for the first invalid file
   */
  async reload(): Promise<void> {
    const [problem] = await this.#schedule()
    if (problem) throw problem.error
  }

  /** Aborts a reload; resolves when it has ended. */
  async close(): Promise<void> {
    for (const watcher of this.#watchers.values()) watcher.close()
    this.#abort.abort()
    await Promise.allSettled([this.#current, this.#next])
  }

  /** Watches exactly the folders that the files were read from. */
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
      for (const { error, fresh, served } of await this.#schedule()) {
        const consequence = served ? 'serving the zone unchanged' : 'not serving the zone'
        if (fresh) this.#log.error({ error: errorText(error) }, `dns: invalid zone file; ${consequence}`)
      }
    } catch (error) {
      if (this.#abort.signal.aborted) return
      this.#log.error({ error: errorText(error) }, 'dns: cannot read the zone files; serving the zones unchanged')
    }
  }

  /** Runs one reload at a time; each call gets a reload that starts after the call. */
  #schedule(): Promise<readonly ZoneProblem[]> {
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

  async #run(): Promise<readonly ZoneProblem[]> {
    const { signal } = this.#abort
    signal.throwIfAborted()
    const { zones, problems, warnings } = await this.#files.read(signal)
    signal.throwIfAborted()
    this.#watchFolders()
    for (const { message } of warnings) this.#log.warn({ warning: message }, 'dns: zone warning')
    const notices = await runInTimeSlices(this.#store.replaceInSteps(zones), signal)
    for (const notice of notices) this.#log.warn({ notice }, 'dns: zone served with a higher serial than its file')
    return problems
  }
}
