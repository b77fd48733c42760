/** Sends a request many times, on several connections that stay open, and measures how long each takes. */
import { errorText, RefusedError, UnreachableError } from '../../../../shared/errors.ts'
import type { ClientOptions } from '../../../../shared/service.ts'
import { HttpConnection } from '../../exchange/connection.ts'
import type { CompleteRequest } from '../../exchange/http-request.ts'
import { parseUrl } from '../../url.ts'
import type { LoadResult } from './load-report.ts'

export interface LoadOptions {
  readonly repeat: number
  readonly parallel: number
}

/** Bounds the different errors that are counted. */
const MAX_ERRORS = 20

/**
 * Sends the requests. If the signal is aborted, resolves with the result of those that are complete.
 *
 * @throws UnreachableError if a connection cannot be made
 */
export async function runLoad(
  request: CompleteRequest,
  { repeat, parallel }: LoadOptions,
  options: ClientOptions,
): Promise<LoadResult> {
  const connections = Math.min(repeat, parallel)
  const load = new Load(request, repeat, options)
  const startedAt = performance.now()
  await Promise.all(Array.from({ length: connections }, () => load.run()))
  return { ...load.result(), duration: performance.now() - startedAt, connections }
}

/** The requests that are left, and the result so far. */
class Load {
  readonly #request: CompleteRequest
  readonly #options: ClientOptions
  readonly #times: Float64Array
  readonly #statuses = new Map<number, number>()
  readonly #errors = new Map<string, number>()
  #left: number
  #done = 0
  #bytes = 0

  constructor(request: CompleteRequest, repeat: number, options: ClientOptions) {
    this.#request = request
    this.#options = options
    this.#times = new Float64Array(repeat)
    this.#left = repeat
  }

  result(): Omit<LoadResult, 'duration' | 'connections'> {
    const times = this.#times.subarray(0, this.#done)
    return { times, bytes: this.#bytes, statuses: this.#statuses, errors: this.#errors }
  }

  /** Sends requests on one connection until none is left. */
  async run(): Promise<void> {
    const url = parseUrl(this.#request.url)
    const connection = await HttpConnection.open(this.#request, url, this.#options)
    try {
      while (this.#left > 0 && !this.#options.signal?.aborted) {
        this.#left -= 1
        await this.#send(connection, url)
      }
    } finally {
      connection.close()
    }
  }

  async #send(connection: HttpConnection, url: ReturnType<typeof parseUrl>): Promise<void> {
    const startedAt = performance.now()
    try {
      const response = await connection.send(this.#request, url)
      for await (const chunk of response) this.#bytes += chunk.length
      this.#times[this.#done] = performance.now() - startedAt
      this.#done += 1
      increment(this.#statuses, response.status)
    } catch (error) {
      if (this.#options.signal?.aborted) return
      if (!(error instanceof RefusedError)) {
        // A wrong argument, or a server that is away: the others would fail too.
        this.#left = 0
        if (!(error instanceof UnreachableError) || this.#done === 0) throw error
      }
      const text = errorText(error)
      increment(this.#errors, this.#errors.size < MAX_ERRORS || this.#errors.has(text) ? text : 'other errors')
    }
  }
}

function increment<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}
