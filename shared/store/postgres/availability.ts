/** Logs when the database goes away and when it is back: once, not for each request that fails meanwhile. */
import type { Log } from '../../log.ts'
import type { StoreError } from '../store-error.ts'

export class Availability {
  readonly #log: Log
  #since: number | undefined

  constructor(log: Log) {
    this.#log = log
  }

  /** A statement was executed, or refused by the database. */
  succeeded(): void {
    if (this.#since === undefined) return
    const seconds = Math.round((performance.now() - this.#since) / 1000)
    this.#since = undefined
    this.#log.info({ seconds }, 'store: the database is available again')
  }

  failed(error: StoreError): void {
    if (error.code !== 'unavailable') {
      this.succeeded()
    } else if (this.#since === undefined) {
      this.#since = performance.now()
      this.#log.error({ error: error.message }, 'store: the database is not available')
    }
  }
}
