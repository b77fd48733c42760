/** A request as a value: `routes/` creates it, handlers respond to it. Pure. */
import type { SelectingFields } from '../files/representation.ts'
import type { Response } from '../response/response.ts'

/** Header fields by lower-case name. */
export type RequestFields = SelectingFields & Readonly<Record<string, string | readonly string[] | undefined>>

/** The body of a request; most handlers do not read it. */
export interface RequestBody {
  /** The client that sent the request. */
  readonly client: { readonly host: string; readonly port: number }
  /** Reads the body, up to `maxBytes`; resolves with a response for a body that is too long or too slow. */
  read(maxBytes: number): Promise<Buffer | Response>
}

/** The request that a route handles. */
export interface RouteRequest {
  readonly method: string
  /** Percent-decoded. */
  readonly path: string
  /** As sent, without the question mark. */
  readonly query: string
  readonly headers: RequestFields
  /** Values of the `:name` segments of the route. */
  readonly params: Readonly<Record<string, string>>
  readonly body: RequestBody
}
