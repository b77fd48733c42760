/**
 * The examples of go-httpbin's documentation and the cases of its tests, for the endpoints of `/test/`: a request, and the
 * status, header fields and body that its clients expect.
 */

export interface Example {
  /** `GET` if it has none: `POST /post`. */
  readonly request: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly status?: number
  /** Header fields of the response; an empty text for one that it does not have. `BASE` stands for the URL of `/test`. */
  readonly fields?: Readonly<Record<string, string | RegExp>>
  /** Properties of a JSON body, the whole body as text, or a part of it. */
  readonly json?: object
  readonly text?: string | RegExp
}

/** Rows that expect only a status. */
export const rows = (status: number, ...requests: string[]): Example[] => requests.map(request => ({ request, status }))

export const withType = (type: string) => ({ 'content-type': type })
