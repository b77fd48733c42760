/** Keeps the zones that are served as their files are: read when they change, and when somebody asks for it. */

import { runInTimeSlices } from '../../../shared/async/cooperative.ts'
import { errorText } from '../../../shared/errors.ts'
import type { Log } from '../../../shared/log.ts'
import type { ZoneFiles, ZoneProblem } from '../master-file/zone-files.ts'
import { FolderWatcher } from './folder-watcher.ts'
import type { ZoneStore } from './zone-store.ts'

export class ZoneReloader {
  readonly #files: ZoneFiles
  readonly #served: ZoneStore
  readonly #log: Log
  readonly #stopped = new AbortController()
  readonly #watches = new Map<string, FolderWatcher>()
  #current: Promise<readonly ZoneProblem[]> | undefined
  /** Asked for while another was under way, which may have read the files before they changed. */
  #next: Promise<readonly ZoneProblem[]> | undefined

  constructor(files: ZoneFiles, served: ZoneStore, log: Log) {
    this.#files = files
    this.#served = served
    this.#log = log
    this.#watch()
  }

  /**
   * Reads the files that have changed, and serves what they have now. A zone whose file is wrong is served as it was.
   *
   * @throws ZoneError for the first file that is wrong
   */
  async reload(): Promise<void> {
    const [problem] = await this.#run()
    if (problem) throw problem.error
  }

  /** Resolves when nothing is read any more. */
  async close(): Promise<void> {
    for (const watch of this.#watches.values()) watch.close()
    this.#stopped.abort()
    await Promise.allSettled([this.#current, this.#next])
  }

  /** Watches the folders that files were read from, and no others any more. */
  #watch(): void {
    const { folders } = this.#files
    for (const [folder, watch] of this.#watches) {
      if (folders.has(folder)) continue
      watch.close()
      this.#watches.delete(folder)
    }
    for (const folder of folders) {
      if (this.#watches.has(folder)) continue
      const onChange = () => void this.#onChange()
      this.#watches.set(folder, new FolderWatcher({ folder, log: this.#log, onChange }))
    }
  }

  async #onChange(): Promise<void> {
    try {
      for (const { error, fresh, served } of await this.#run()) {
        const now = served ? 'a zone is served as it was' : 'a zone is not served'
        if (fresh) this.#log.error({ error: errorText(error) }, `dns: ${now}, its file is wrong`)
      }
    } catch (error) {
      if (this.#stopped.signal.aborted) return
      this.#log.error({ error: errorText(error) }, 'dns: the zones are served as they were, their files cannot be read')
    }
  }

  /** One at a time; whoever asks gets one that began after that. */
  #run(): Promise<readonly ZoneProblem[]> {
    if (!this.#current) {
      this.#current = this.#read().finally(() => {
        this.#current = undefined
      })
      return this.#current
    }
    this.#next ??= this.#current
      // Whoever asked for that one is told of its failure.
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined
        return this.#run()
      })
    return this.#next
  }

  async #read(): Promise<readonly ZoneProblem[]> {
    const { signal } = this.#stopped
    signal.throwIfAborted()
    const { zones, problems, warnings } = await this.#files.read(signal)
    signal.throwIfAborted()
    this.#watch()
    for (const { message } of warnings) this.#log.warn({ warning: message }, 'dns: something is doubtful in a zone')
    const notices = await runInTimeSlices(this.#served.replaceInSteps(zones), signal)
    for (const notice of notices) this.#log.warn({ notice }, 'dns: a zone was given another serial than its file has')
    return problems
  }
}
