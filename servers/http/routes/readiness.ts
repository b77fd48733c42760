/** `GET /readyz`: whether this process can serve requests that need the store. A balancer sends it to choose processes. */
import type { Store } from '../../../shared/store/store.ts'
import { StoreError } from '../../../shared/store/store-error.ts'
import { jsonResponse, type Response } from '../response/response.ts'
import { reasonForClients } from '../response/store-failure.ts'

/** Milliseconds that the store has to answer. With `MAX_AGE_MS`, a response has the state of the last second. */
const TIMEOUT_MS = 700
/** Milliseconds that a result is used for further requests: any number of them causes a few queries per second. */
const MAX_AGE_MS = 250

const CLOSING = 'The server is closing.'
const NO_ANSWER = 'The database did not answer in time.'

interface Result {
  /** Undefined if the store can be used. */
  readonly reason: string | undefined
  readonly at: number
}

export class ReadinessRoute {
  readonly #store: Pick<Store, 'open'>
  #running: Promise<Result> | undefined
  #last: Result | undefined
  #isClosing = false

  constructor(store: Pick<Store, 'open'>) {
    this.#store = store
  }

  /** From now on the response is 503, for requests that wait too. */
  close(): void {
    this.#isClosing = true
  }

  async get(): Promise<Response> {
    const { reason } = this.#isClosing ? { reason: CLOSING } : await this.#check()
    return respond(this.#isClosing ? CLOSING : reason)
  }

  /** Requests that arrive together share one check. */
  #check(): Promise<Result> | Result {
    if (this.#last && performance.now() - this.#last.at < MAX_AGE_MS) return this.#last
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  async #run(): Promise<Result> {
    let timer: NodeJS.Timeout | undefined
    const timeout = new Promise<string>(resolve => {
      timer = setTimeout(() => resolve(NO_ANSWER), TIMEOUT_MS)
    })
    try {
      const reason = await Promise.race([this.#checkStore(), timeout])
      this.#last = { reason, at: performance.now() }
      return this.#last
    } finally {
      clearTimeout(timer)
    }
  }

  async #checkStore(): Promise<string | undefined> {
    try {
      const store = await this.#store.open()
      await store.check()
      return undefined
    } catch (error) {
      if (error instanceof StoreError) return reasonForClients(error)
      throw error
    }
  }
}

function respond(reason: string | undefined): Response {
  if (reason === undefined) return jsonResponse({ status: 'ready' })
  const { headers, body } = jsonResponse({ status: 'unavailable', reason })
  return { status: 503, headers: [...headers, 'Retry-After', '1'], body }
}
