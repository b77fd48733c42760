/** One stub: which requests it responds to, and its responses one after another. */
import { setTimeout as wait } from 'node:timers/promises'
import { errorText, UsageError } from '../../../shared/errors.ts'
import type { RequestLifetime } from '../request/request.ts'
import { type Response, textResponse } from '../response/response.ts'
import { unavailable } from '../response/store-failure.ts'
import { type CompiledResponse, compileResponse } from './compile-response.ts'
import { describeWhere, type Where, whereDifferences } from './criteria.ts'
import { FUNCTION_TIMEOUT_MS } from './limits.ts'
import { parseResponse } from './parse-stubs.ts'
import { matchPattern, parsePattern, type RequestLine, type RequestPattern } from './pattern.ts'
import { type RequestRecord, viewRequest } from './received-request.ts'
import type { StubFunction, StubResponse } from './stub-response.ts'

/** Where a stub was defined. */
export type StubOrigin = 'program' | 'file' | 'http'

/** Checked by `schema.ts`. */
export interface StubInput {
  readonly request: string
  readonly where: Where | undefined
  readonly answers: readonly (number | StubResponse | StubFunction)[]
}

export interface RespondLimits {
  readonly closed: AbortSignal
  readonly functionTimeout?: number
  /** Of the request. */
  readonly lifetime?: RequestLifetime | undefined
}

export class Stub {
  readonly id: string
  readonly origin: StubOrigin
  readonly pattern: RequestPattern
  readonly where: Where | undefined
  readonly #answers: readonly (CompiledResponse | StubFunction)[]
  #calls = 0
  #failure: unknown

  /** @throws UsageError if a part of it is invalid */
  constructor(id: string, origin: StubOrigin, { request, where, answers }: StubInput) {
    this.id = id
    this.origin = origin
    this.pattern = parsePattern(request)
    this.where = where
    this.#answers = answers.map((answer, index) => compileAnswer(answer, answers.length === 1 ? undefined : index))
  }

  /** How often it has responded. */
  get calls(): number {
    return this.#calls
  }

  /** The first error of its functions; undefined if none has failed. */
  get failure(): unknown {
    return this.#failure
  }

  /** How many responses it has. */
  get expected(): number {
    return this.#answers.length
  }

  /** Bytes of its responses in memory. */
  get size(): number {
    return this.#answers.reduce((sum, answer) => sum + (typeof answer === 'function' ? 0 : answer.size), 0)
  }

  /** `POST /api/orders with text "x"` */
  get description(): string {
    return `${this.pattern.text}${describeWhere(this.where)}`
  }

  matchesLine(line: RequestLine): boolean {
    return matchPattern(this.pattern, line) !== undefined
  }

  /** True if a request that matches the pattern meets the conditions too. */
  accepts(record: RequestRecord): boolean {
    return whereDifferences(record, this.pattern, this.where).length === 0
  }

  restart(): void {
    this.#calls = 0
    this.#failure = undefined
  }

  /**
   * Responds with the next response. A failure becomes a response with its text, which the test then shows.
   *
   * @param limits `closed` ends delays, as does the disconnection of the client; `functionTimeout` is in milliseconds
   */
  async respond(record: RequestRecord, limits: RespondLimits): Promise<Response> {
    const { closed } = limits
    const answer = this.#answers[Math.min(this.#calls, this.#answers.length - 1)]
    this.#calls += 1
    try {
      const compiled = typeof answer === 'function' ? await this.#call(answer, record, limits) : answer
      if (!compiled) throw new Error('it has no response')
      if (compiled.delay > 0) await waitBefore(compiled.delay, limits)
      return compiled.create(record.method)
    } catch (error) {
      if (closed.aborted) return unavailable('The server is closing.')
      this.#failure ??= error
      return textResponse(500, `The stub ${this.pattern.text} failed: ${errorText(error)}`)
    }
  }

  async #call(
    answer: StubFunction,
    record: RequestRecord,
    { closed, functionTimeout = FUNCTION_TIMEOUT_MS }: RespondLimits,
  ): Promise<CompiledResponse> {
    const params = matchPattern(this.pattern, record) ?? {}
    const ended = new AbortController()
    const signal = AbortSignal.any([closed, ended.signal])
    const expired = wait(functionTimeout, undefined, { signal, ref: false }).then(() => {
      throw new Error(`its function did not respond within ${functionTimeout} ms`)
    })
    try {
      const response: unknown = await Promise.race([answer(viewRequest(record, params)), expired])
      return compileResponse(parseResponse(response))
    } finally {
      ended.abort()
      expired.catch(() => undefined)
    }
  }
}

/** @throws AbortError if the server closes. Resolves early if the client disconnects. */
async function waitBefore(delay: number, { closed, lifetime }: RespondLimits): Promise<void> {
  const ended = new AbortController()
  const end = () => ended.abort()
  closed.addEventListener('abort', end)
  lifetime?.onDisconnect(end)
  if (closed.aborted) end()
  try {
    await wait(delay, undefined, { signal: ended.signal })
  } catch (error) {
    if (closed.aborted || !ended.signal.aborted) throw error
  } finally {
    closed.removeEventListener('abort', end)
  }
}

/** @param index of the answer in a list */
function compileAnswer(answer: number | StubResponse | StubFunction, index: number | undefined) {
  if (typeof answer === 'function') return answer
  try {
    return compileResponse(answer)
  } catch (error) {
    if (index === undefined || !(error instanceof UsageError)) throw error
    throw new UsageError(`${index}: ${error.message}`, { cause: error })
  }
}
