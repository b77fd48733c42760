/** The errors of tests that use stubs: a request that did not arrive, and stubs that were not called. Pure. */
import { errorText, FourwireError } from '../../../shared/errors.ts'
import { pathText } from '../request/target.ts'

/** A request in a list. */
interface ListedRequest {
  readonly method: string
  readonly path: string
  readonly query: string
}

/** A request that arrived, and how it differs from the one that a program waits for. */
export interface UnmatchedRequest extends ListedRequest {
  readonly differences: readonly string[]
}

/** A stub, and how often it was called. */
export interface CalledStub {
  /** `POST /api/orders`, with its conditions. */
  readonly description: string
  readonly calls: number
  /** How many responses it has. */
  readonly expected: number
  /** The error of its function. */
  readonly failure?: unknown
}

/** Requests and stubs that an error lists. */
const MAX_LISTED = 20

/** No request that meets the conditions arrived in time. */
export class RequestTimeoutError extends FourwireError {
  override readonly name = 'RequestTimeoutError'
  readonly exitCode = 1

  /** @param expected what did not arrive: `POST /api/orders with text "x"` */
  constructor(expected: string, timeout: number, arrived: readonly UnmatchedRequest[]) {
    super(`${expected} did not arrive in ${timeout} ms. ${listArrived(arrived)}`)
  }
}

/** Stubs were called less often than they have responses, or their functions have failed. The cause is the first error of these. */
export class StubsNotCalledError extends FourwireError {
  override readonly name = 'StubsNotCalledError'
  readonly exitCode = 1

  constructor({ missing, failed }: UnmetStubs, unmatched: readonly ListedRequest[]) {
    const parts = [listMissing(missing), listFailed(failed), listUnmatched(unmatched)]
    super(parts.filter(part => part !== '').join('\n'), { cause: failed[0]?.failure })
  }
}

export interface UnmetStubs {
  /** Those that were called less often than they have responses. */
  readonly missing: readonly CalledStub[]
  readonly failed: readonly CalledStub[]
}

function listArrived(arrived: readonly UnmatchedRequest[]): string {
  if (arrived.length === 0) return 'No request arrived. Does the client use the URL of this server?'
  const listed = arrived.slice(-MAX_LISTED).map(request => {
    const lines = request.differences.map(difference => `\n      ${difference}`)
    return `\n  - ${describeRequest(request)}${lines.join('')}`
  })
  return `Requests that arrived: ${arrived.length}${restNote(arrived.length)}${listed.join('')}`
}

function listMissing(stubs: readonly CalledStub[]): string {
  if (stubs.length === 0) return ''
  const count = stubs.length === 1 ? 'A stub was' : `${stubs.length} stubs were`
  const listed = stubs.slice(0, MAX_LISTED).map(({ description, calls, expected }) => {
    const times = calls === 0 ? 'never called' : `called ${formatTimes(calls)}, but it has ${expected} responses`
    return `\n  - ${description}: ${times}`
  })
  return `${count} not called as often as expected:${listed.join('')}${moreNote(stubs.length)}`
}

function listFailed(stubs: readonly CalledStub[]): string {
  if (stubs.length === 0) return ''
  const count = stubs.length === 1 ? 'A stub' : `${stubs.length} stubs`
  const listed = stubs
    .slice(0, MAX_LISTED)
    .map(({ description, failure }) => `\n  - ${description}: ${errorText(failure)}`)
  return `${count} failed, and responded 500:${listed.join('')}${moreNote(stubs.length)}`
}

function moreNote(count: number): string {
  return count > MAX_LISTED ? `\n  and ${count - MAX_LISTED} more` : ''
}

function listUnmatched(requests: readonly ListedRequest[]): string {
  if (requests.length === 0) return ''
  const listed = requests.slice(-MAX_LISTED).map(request => `\n  - ${describeRequest(request)}`)
  return `Requests that no stub matched: ${requests.length}${restNote(requests.length)}${listed.join('')}`
}

function describeRequest({ method, path, query }: ListedRequest): string {
  return `${method} ${pathText(path)}${query === '' ? '' : `?${query}`}`
}

function restNote(count: number): string {
  return count > MAX_LISTED ? ` (the last ${MAX_LISTED})` : ''
}

function formatTimes(count: number): string {
  return count === 1 ? 'once' : `${count} times`
}
