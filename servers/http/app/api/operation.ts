/** An operation of the JSON API: one row of the tables from which both the routes and the OpenAPI description are made. */
import * as z from 'zod'
import { UnreadableBody } from '../../request/unreadable-body.ts'
import type { Response } from '../../response/response.ts'
import type { Call, OpenCall } from '../request/call.ts'
import { parseBody, parseQuery } from '../request/parse.ts'

/** Bytes of a body that is parsed as JSON or as a form. */
export const MAX_BODY_BYTES = 64 * 1024

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export interface Description {
  /** The operationId of OpenAPI: `listNotices`. */
  readonly id: string
  readonly method: Method
  /** `/api/notices/:id` */
  readonly path: `/api/${string}`
  readonly summary: string
  /** `signed-in`: without a session, the response is 401. */
  readonly access: 'signed-in' | 'open'
  /** The parameters of the query; none by default. */
  readonly query?: z.ZodObject | undefined
  /** The body, as JSON or as a form. */
  readonly body?: z.ZodObject | undefined
  /** Bytes of the body. Default: 64 KiB. */
  readonly maxBodyBytes?: number | undefined
  /** The media type of a body that the operation reads itself. */
  readonly rawBody?: string | undefined
  readonly response: ResponseDescription
  /** True if the operation changes a file, and evaluates the conditions of the request by its version. */
  readonly evaluatesConditions?: boolean | undefined
  /** The statuses of problems, in addition to those of every operation. */
  readonly problems?: readonly number[] | undefined
}

export interface ResponseDescription {
  readonly status: number
  readonly description: string
  /** The schema of the JSON body; without one, and without a media type, there is no body. */
  readonly schema?: z.ZodType | undefined
  /** The media type of a body that is not JSON. */
  readonly mediaType?: string | undefined
}

/** An operation with its handler. */
export type Operation =
  | (Description & { readonly access: 'signed-in'; handle(call: Call): Promise<Response> })
  | (Description & { readonly access: 'open'; handle(call: OpenCall): Promise<Response> })

/** An operation whose handler gets the query and the body parsed. */
type ParsingOperation<Base, Query extends z.ZodObject, Body extends z.ZodObject> = Omit<
  Description,
  'access' | 'query' | 'body'
> & {
  readonly query?: Query
  readonly body?: Body
  handle(call: Base & { readonly query: z.output<Query>; readonly body: z.output<Body> }): Promise<Response>
}

const nothingSchema = z.strictObject({})
type Nothing = typeof nothingSchema

/** Defines an operation of clients that have signed in. */
export function defineOperation<Query extends z.ZodObject = Nothing, Body extends z.ZodObject = Nothing>(
  operation: ParsingOperation<Call, Query, Body>,
): Operation {
  return { ...operation, access: 'signed-in', handle: call => parseAndHandle(operation, call) }
}

/** Defines an operation that needs no sign-in. */
export function defineOpenOperation<Query extends z.ZodObject = Nothing, Body extends z.ZodObject = Nothing>(
  operation: ParsingOperation<OpenCall, Query, Body>,
): Operation {
  return { ...operation, access: 'open', handle: call => parseAndHandle(operation, call) }
}

async function parseAndHandle<Base extends OpenCall, Query extends z.ZodObject, Body extends z.ZodObject>(
  operation: ParsingOperation<Base, Query, Body>,
  call: Base,
): Promise<Response> {
  // The types default to `Nothing` if there is no schema.
  const query = parseQuery((operation.query ?? nothingSchema) as Query, call.request.query)
  const body = operation.body ? await readBody(operation.body, call, operation.maxBodyBytes) : ({} as z.output<Body>)
  return operation.handle({ ...call, query, body })
}

/** @throws Problem if the body does not fit the schema */
export async function readBody<Schema extends z.ZodObject>(
  schema: Schema,
  { request }: Pick<OpenCall, 'request'>,
  maxBytes = MAX_BODY_BYTES,
): Promise<z.output<Schema>> {
  const body = await request.body.read(maxBytes)
  if (!Buffer.isBuffer(body)) throw new UnreadableBody(body)
  return parseBody(schema, body, request.headers['content-type'] as string | undefined)
}
