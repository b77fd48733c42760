/** A request that the server received, as programs see it. Pure. */
import type { RequestFields } from '../request/request.ts'
import { pathText } from '../request/target.ts'

/** Values by name; a list if the name is repeated. */
export type Values = Readonly<Record<string, string | readonly string[]>>

/** A file of a form (`multipart/form-data`). */
export interface FormFile {
  /** The name of the form's field. */
  readonly field: string
  readonly name: string
  readonly type: string
  readonly content: Uint8Array
}

/** A request that the server received while there were stubs. */
export interface ReceivedRequest<Params = Readonly<Record<string, string>>> {
  readonly method: string
  /** Percent-decoded, apart from encoded slashes: `/repos/a%2Fb`. */
  readonly path: string
  /** Values of the `:name` segments of the pattern, and of `*name`. */
  readonly params: Params
  readonly query: Values
  /** By lower-case name. */
  readonly headers: RequestFields
  /** Empty if no stub matched the path and the method, and no program waited for them. */
  readonly body: Uint8Array
  /** The body as text (UTF-8). */
  readonly text: string
  /** The body parsed, if its media type is JSON; undefined otherwise, or if it is not valid. */
  readonly json: unknown
  /** The fields of a form, URL-encoded or multipart; undefined if the body is not a form. */
  readonly form: Values | undefined
  /** The files of a multipart form. */
  readonly files: readonly FormFile[]
  readonly time: Date
  readonly client: { readonly host: string; readonly port: number }
  /** The id of the connection in the trace. */
  readonly conversationId: string
  /**
   * The request and its response as they were on the wire: a line for each field of the client (`C: `) and of the server
   * (`S: `), secrets masked. It grows until the response has been sent.
   */
  readonly conversation: string
}

/** What is recorded of a request. */
export interface RequestRecord {
  readonly method: string
  /** As in `PathTarget`. */
  readonly path: string
  readonly query: string
  readonly headers: RequestFields
  readonly client: { readonly host: string; readonly port: number }
  readonly time: Date
  readonly body: Buffer
  /** False if the server read the body for itself, or not at all. */
  readonly isBodyRecorded: boolean
  /** The body, if it is a multipart form. */
  readonly multipart: { readonly form: Values; readonly files: readonly FormFile[] } | undefined
  readonly exchange: { readonly conversationId: string; readonly text: string }
}

/** Returns a recorded request as programs see it. Its body is parsed when it is read. */
export function viewRequest<Params>(record: RequestRecord, params: Params): ReceivedRequest<Params> {
  const { method, path, headers, client, time, body, multipart, exchange } = record
  return {
    method,
    path: pathText(path),
    params,
    query: toValues(new URLSearchParams(record.query)),
    headers,
    body,
    get text() {
      return body.toString('utf8')
    },
    get json() {
      return parseJson(record)
    },
    get form() {
      return multipart?.form ?? parseForm(record)
    },
    files: multipart?.files ?? [],
    time,
    client,
    conversationId: exchange.conversationId,
    get conversation() {
      return exchange.text
    },
  }
}

/** Joins the values of repeated names in lists. */
export function toValues(entries: Iterable<readonly [string, string]>): Values {
  const values = new Map<string, string | string[]>()
  for (const [name, value] of entries) {
    const existing = values.get(name)
    if (existing === undefined) values.set(name, value)
    // One list grows: to copy it for each value would take the square of their number.
    else if (Array.isArray(existing)) existing.push(value)
    else values.set(name, [existing, value])
  }
  return Object.fromEntries(values)
}

/** Returns the media type of a request without its parameters, in lower case. */
export function mediaTypeOf(headers: RequestFields): string {
  return String(headers['content-type'] ?? '')
    .replace(/;.*/s, '')
    .trim()
    .toLowerCase()
}

function parseJson({ headers, body }: RequestRecord): unknown {
  if (!/^[\w.-]+\/(?:[\w.-]+\+)?json$/.test(mediaTypeOf(headers))) return undefined
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}

function parseForm({ headers, body }: RequestRecord): Values | undefined {
  if (mediaTypeOf(headers) !== 'application/x-www-form-urlencoded') return undefined
  return toValues(new URLSearchParams(body.toString('utf8')))
}
