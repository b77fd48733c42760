/** A row of the table of `/test/`: one endpoint with its handler and a curl line that shows it. Pure. */
import type { RouteRequest } from '../request/request.ts'
import type { Response } from '../response/response.ts'

/** The path of all endpoints. */
export const PREFIX = '/test'

export interface EndpointRequest extends RouteRequest {
  /** The request target, as sent. */
  readonly target: string
  /** The parameters of the query. */
  readonly parameters: URLSearchParams
}

export interface Endpoint {
  /** The path after the prefix, for the router: `/status/:codes`. */
  readonly path: string
  /** An endpoint with GET also has HEAD; every endpoint has OPTIONS. */
  readonly methods: readonly string[]
  /** One sentence for the page. */
  readonly summary: string
  /** The arguments of curl. `URL` stands for the URL of the prefix. */
  readonly example: string
  /** @throws EndpointError if a parameter is not valid */
  respond(request: EndpointRequest): Response | Promise<Response>
}

export interface EndpointGroup {
  readonly title: string
  readonly endpoints: readonly Endpoint[]
}

export const GET = ['GET']
export const ANY_METHOD = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

/** The response to a request that the endpoint cannot serve: a status and a sentence. */
export class EndpointError extends Error {
  override readonly name = 'EndpointError'
  readonly status: number
  readonly headers: readonly string[]

  constructor(status: number, detail: string, headers: readonly string[] = [], options?: ErrorOptions) {
    super(detail, options)
    this.status = status
    this.headers = headers
  }
}
