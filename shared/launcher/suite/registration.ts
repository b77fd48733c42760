/** Makes a running suite known to clients and other suites on its data folder, and watches the records of those suites. */
import type { FSWatcher } from 'node:fs'
import { errorText } from '../../errors.ts'
import type { Log } from '../../log.ts'
import type { Endpoint } from '../../service.ts'
import { type Feed, openFeed } from '../../trace/feed.ts'
import type { Trace } from '../../trace/trace.ts'
import { readRecords, type WrittenRecord, watchRecords, writeRecord } from './suite-records.ts'

export interface RegistrationOptions {
  readonly dataFolder: string
  readonly trace: Trace
  readonly log: Log
  /** Called with the endpoints of all other suites on this data folder: first when registered, then after every change. */
  readonly onOtherSuites: (endpoints: readonly Endpoint[]) => void
}

export class SuiteRegistration {
  readonly #options: RegistrationOptions
  #feed: Feed | undefined
  #record: WrittenRecord | undefined
  #watcher: FSWatcher | undefined
  #reading: Promise<void> = Promise.resolve()
  /** True while a read of the records is scheduled and has not begun. */
  #refreshPending = false

  constructor(options: RegistrationOptions) {
    this.#options = options
  }

  /** Writes the record with these endpoints to the data folder. */
  async register(endpoints: readonly Endpoint[]): Promise<void> {
    const { dataFolder, trace } = this.#options
    this.#feed = await openFeed(trace)
    await this.#watch()
    this.#record = await writeRecord(dataFolder, this.#feed.path, endpoints)
    this.#refresh()
    await this.#reading
  }

  /** Removes the record before closing the feed, so that no client finds a feed that is closed. */
  async close(): Promise<void> {
    this.#watcher?.close()
    await this.#reading
    await this.#record?.remove()
    await this.#feed?.close()
  }

  /** If the system's limit of watchers is reached, the suite runs without one and does not see later changes. */
  async #watch(): Promise<void> {
    const warn = (error: unknown) =>
      this.#options.log.warn({ error: errorText(error) }, 'cannot watch the data folder for other suites')
    try {
      this.#watcher = await watchRecords(this.#options.dataFolder, () => this.#refresh())
      this.#watcher.on('error', warn)
    } catch (error) {
      warn(error)
    }
  }

  /** Reads the records; reads that are requested during a read run after it, once, so that the last report is current. */
  #refresh(): void {
    if (this.#refreshPending) return
    this.#refreshPending = true
    this.#reading = this.#reading.then(async () => {
      this.#refreshPending = false
      await this.#reportOtherSuites().catch((error: unknown) => {
        this.#options.log.warn({ error: errorText(error) }, 'cannot read the records of other suites')
      })
    })
  }

  async #reportOtherSuites(): Promise<void> {
    const { alive } = await readRecords(this.#options.dataFolder)
    const others = alive.filter(record => record.feed !== this.#feed?.path)
    this.#options.onOtherSuites(others.flatMap(record => record.endpoints))
  }
}
