/** The stubs of a server, for programs: `suite.http.stub(...)`. */
import { errorText, UsageError } from '../../../shared/errors.ts'
import { describeWhere, findDifferences, type Where } from './criteria.ts'
import { RequestTimeoutError, StubsNotCalledError } from './errors.ts'
import { checkOptionNames, parseAnswers, parseWhere } from './parse-stubs.ts'
import { matchPattern, type PathParams, parsePattern, type RequestPattern } from './pattern.ts'
import { quoteInput } from './quote-input.ts'
import { type ReceivedRequest, type RequestRecord, viewRequest } from './received-request.ts'
import type { Stub } from './stub.ts'
import type { StubAnswers } from './stub-response.ts'
import type { LoggedRequest, Stubs } from './stubs.ts'

export interface StubOptions {
  /** Conditions on the request beyond its method, path and query. */
  readonly where?: Where | undefined
}

export interface WaitForRequestOptions extends StubOptions {
  /** Milliseconds. Default: 4000, which is less than most test runners give a test. */
  readonly timeout?: number | undefined
  /** Ends the wait; it rejects with the reason of the signal. */
  readonly signal?: AbortSignal | undefined
}

/** A registered stub. */
export interface RegisteredStub<Params = Readonly<Record<string, string>>> {
  /** The requests that it has responded to, oldest first. */
  readonly requests: readonly ReceivedRequest<Params>[]
  /** How often it has responded. */
  readonly calls: number
  /** Removes it. The recorded requests stay. */
  remove(): void
}

/**
 * Stubs: responses that the server gives in place of its own, and the requests that it received while there were any. A request
 * pattern is a path with a method before it or not: `POST /orders`, `GET /orders/:id`, `/files/*path`, `GET /search?q=cat`.
 */
export interface HttpApi {
  /**
   * Responds to the requests that match the pattern. A stub takes precedence over those before it, and over all routes and
   * files of the server.
   *
   * @param responses a status, a response, a function, or a list of them: one after another, the last one repeated
   * @throws UsageError if the pattern or a response is invalid
   */
  stub<const Pattern extends string>(
    pattern: Pattern,
    responses: StubAnswers<Pattern>,
    options?: StubOptions,
  ): RegisteredStub<PathParams<Pattern>>
  /**
   * Returns the requests that arrived while there was a stub, oldest first: all, or those that match the pattern. The server
   * keeps up to 10,000 requests and 64 MiB.
   */
  requests<const Pattern extends string>(pattern?: Pattern): readonly ReceivedRequest<PathParams<Pattern>>[]
  /**
   * Waits for a request. Resolves with the first one that matches, also if it is there already.
   *
   * @throws RequestTimeoutError if none arrives in time; its message lists those that arrived, and how each differs
   */
  waitForRequest<const Pattern extends string>(
    pattern: Pattern,
    options?: WaitForRequestOptions,
  ): Promise<ReceivedRequest<PathParams<Pattern>>>
  /** @throws StubsNotCalledError naming each stub that was called less often than it has responses, or whose function has failed */
  expectAllCalled(): void
  /** Removes all stubs, except those of a file, and forgets the requests. `suite.reset()` does so too. */
  reset(): void
}

const DEFAULT_TIMEOUT_MS = 4000
const MAX_TIMEOUT_MS = 3_600_000

/** Creates the functions for the stubs of a server. */
export function stubsApi(stubs: Stubs): HttpApi {
  return {
    stub: (pattern, responses, options) => {
      const call = () => `stub(${quoteInput(pattern)}, ${quoteInput(responses)})`
      return withCall(call, () => {
        checkOptionNames(options ?? {}, ['where'])
        const input = { request: pattern, where: parseWhere(options?.where), answers: parseAnswers(responses) }
        const [stub] = stubs.add('program', [input])
        if (!stub) throw new Error('no stub was created')
        return registered(stub, stubs)
      })
    },
    requests: pattern =>
      withCall(
        () => `requests(${quoteInput(pattern)})`,
        () => viewMatching(stubs.log.entries, pattern === undefined ? undefined : parsePattern(pattern)),
      ),
    waitForRequest: (pattern, options = {}) =>
      waitForRequest(stubs, pattern, options).catch((error: unknown) => {
        throw describeCall(() => `waitForRequest(${quoteInput(pattern)})`, error)
      }),
    expectAllCalled: () => expectAllCalled(stubs),
    reset: () => stubs.reset(),
  }
}

function registered<Pattern extends string>(stub: Stub, stubs: Stubs): RegisteredStub<PathParams<Pattern>> {
  return {
    get requests() {
      return viewMatching<Pattern>(
        stubs.log.entries.filter(entry => entry.stub === stub),
        stub.pattern,
      )
    },
    get calls() {
      return stub.calls
    },
    remove: () => stubs.remove(stub),
  }
}

/** Returns the requests that match the pattern as programs see them; all without a pattern. */
function viewMatching<Pattern extends string>(
  entries: readonly LoggedRequest[],
  pattern: RequestPattern | undefined,
): ReceivedRequest<PathParams<Pattern>>[] {
  return entries.flatMap(entry => {
    const params = pattern ? matchPattern(pattern, entry) : {}
    // The compiler knows the names of the parameters from the text of the pattern.
    return params ? [viewRequest(entry, params as PathParams<Pattern>)] : []
  })
}

async function waitForRequest<Pattern extends string>(
  stubs: Stubs,
  text: Pattern,
  options: WaitForRequestOptions,
): Promise<ReceivedRequest<PathParams<Pattern>>> {
  checkOptionNames(options, ['timeout', 'where', 'signal'])
  const { timeout = DEFAULT_TIMEOUT_MS, where: given, signal } = options
  if (!(timeout >= 0 && timeout <= MAX_TIMEOUT_MS)) {
    throw new UsageError(`the timeout must be milliseconds from 0 to ${MAX_TIMEOUT_MS} (given: ${quoteInput(timeout)})`)
  }
  const pattern = parsePattern(text)
  const where = parseWhere(given)
  const differencesOf = (entry: RequestRecord) => findDifferences(entry, pattern, where)
  const accept = (entry: LoggedRequest) =>
    differencesOf(entry).length === 0 ? viewMatching<Pattern>([entry], pattern)[0] : undefined
  for (const entry of stubs.log.entries) {
    const found = accept(entry)
    if (found) return found
  }
  const createError = () => {
    const arrived = stubs.log.entries.map(entry => ({ ...entry, differences: differencesOf(entry) }))
    return new RequestTimeoutError(`${pattern.text}${describeWhere(where)}`, timeout, arrived)
  }
  return stubs.waiting.wait({
    matchesLine: line => matchPattern(pattern, line) !== undefined,
    timeout,
    signal,
    accept,
    createError,
  })
}

function expectAllCalled(stubs: Stubs): void {
  const missing = stubs.all.filter(({ calls, expected }) => calls < expected)
  const failed = stubs.all.filter(({ failure }) => failure !== undefined)
  if (missing.length + failed.length === 0) return
  const unmatched = stubs.log.entries.filter(({ stub }) => stub === undefined)
  throw new StubsNotCalledError({ missing, failed }, unmatched)
}

/** Runs the work. Its errors quote the call. */
function withCall<Result>(call: () => string, work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    throw describeCall(call, error)
  }
}

function describeCall(call: () => string, error: unknown): unknown {
  if (!(error instanceof UsageError)) return error
  return new UsageError(`suite.http.${call()}: ${errorText(error)}`, { cause: error })
}
