/** How a running suite is found: its feed, its record in the data folder, and its eye on the records of others there. */
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
  /** Called with the endpoints of all other suites on this data folder: at once, and after every change. */
  readonly onOtherSuites: (endpoints: readonly Endpoint[]) => void
}

export class SuiteRegistration {
  readonly #options: RegistrationOptions
  #feed: Feed | undefined
  #record: WrittenRecord | undefined
  #watcher: FSWatcher | undefined
  #reading: Promise<void> = Promise.resolve()
  /** True while a look is due that has not begun. */
  #refreshPending = false

  constructor(options: RegistrationOptions) {
    this.#options = options
  }

  /** Makes these endpoints known to whoever looks into the data folder. */
  async register(endpoints: readonly Endpoint[]): Promise<void> {
    const { dataFolder, trace } = this.#options
    this.#feed = await openFeed(trace)
    await this.#watch()
    this.#record = await writeRecord(dataFolder, this.#feed.path, endpoints)
    this.#refresh()
    await this.#reading
  }

  /** Takes the record back first, so that nobody finds a feed that is no longer there. */
  async close(): Promise<void> {
    this.#watcher?.close()
    await this.#reading
    await this.#record?.remove()
    await this.#feed?.close()
  }

  /** Without a watcher (the system has a bound on them) a suite runs all the same, and sees the others as they are now. */
  async #watch(): Promise<void> {
    const warn = (error: unknown) =>
      this.#options.log.warn({ error: errorText(error) }, 'changes of other suites on this data folder go unnoticed')
    try {
      this.#watcher = await watchRecords(this.#options.dataFolder, () => this.#refresh())
      this.#watcher.on('error', warn)
    } catch (error) {
      warn(error)
    }
  }

  /** One look after the other, and one more after a change in between: the last one told is the folder's last state. */
  #refresh(): void {
    if (this.#refreshPending) return
    this.#refreshPending = true
    this.#reading = this.#reading.then(async () => {
      this.#refreshPending = false
      await this.#reportOtherSuites().catch((error: unknown) => {
        this.#options.log.warn({ error: errorText(error) }, 'the records of other suites could not be read')
      })
    })
  }

  async #reportOtherSuites(): Promise<void> {
    const { alive } = await readRecords(this.#options.dataFolder)
    const others = alive.filter(record => record.feed !== this.#feed?.path)
    this.#options.onOtherSuites(others.flatMap(record => record.endpoints))
  }
}
