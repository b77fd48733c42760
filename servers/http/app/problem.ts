/** Problem details for HTTP APIs (RFC 9457), and the error that handlers throw to respond with one. Pure. */
import { contentResponse, type Response, reasonPhrase } from '../response/response.ts'

export interface ProblemOptions extends ErrorOptions {
  /** Header fields of the response: name, value, name, value. */
  readonly headers?: readonly string[] | undefined
}

/** A request cannot be fulfilled. `detail` has the reason and what to do, for a person. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly status: number
  readonly detail: string
  readonly headers: readonly string[]

  constructor(status: number, detail: string, { headers = [], ...options }: ProblemOptions = {}) {
    super(`${status}: ${detail}`, options)
    this.status = status
    this.detail = detail
    this.headers = headers
  }

  /** The status in words: `Not Found`. */
  get title(): string {
    return reasonPhrase(this.status)
  }
}

/** Creates the `application/problem+json` response. The type `about:blank` means that the status is the whole type. */
export function problemResponse({ status, title, detail, headers }: Problem): Response {
  const body = `${JSON.stringify({ type: 'about:blank', title, status, detail }, undefined, 2)}\n`
  return contentResponse(status, 'application/problem+json', body, ['Cache-Control', 'no-store', ...headers])
}
