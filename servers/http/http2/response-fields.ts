/** The header fields of a response in the form in which node:http2 sends them. Pure. */
import type { Response } from '../response/response.ts'

/** With `:status` (RFC 9113, section 8.3.2). */
export type Http2ResponseFields = Readonly<Record<string, number | string | string[]>>

/** Keeps the fields of the responses that are shared by many requests, as the cached files are. */
export class ResponseFields {
  readonly #shared = new WeakMap<Response, Http2ResponseFields>()

  of(response: Response): Http2ResponseFields {
    const kept = this.#shared.get(response)
    if (kept) return kept
    const fields = { ':status': response.status, ...toFields(response.headers) }
    if (response.shared) this.#shared.set(response, fields)
    return fields
  }
}

/** RFC 9113, section 8.2.2: connection-specific fields make a message malformed. */
const CONNECTION_FIELDS = new Set([
  'connection',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
])

/** The fields of a response that node:http2 sends only once. */
const SINGLE_VALUED = new Set([
  'access-control-allow-credentials',
  'access-control-max-age',
  'age',
  'content-encoding',
  'content-language',
  'content-length',
  'content-location',
  'content-md5',
  'content-range',
  'content-type',
  'date',
  'etag',
  'expires',
  'host',
  'last-modified',
  'location',
  'retry-after',
  'tk',
  'x-content-type-options',
])

/** Converts header fields to an object, without the connection-specific ones. A repeated field becomes a list, or its last value. */
export function toFields(headers: readonly string[]): Record<string, string | string[]> {
  const fields: Record<string, string | string[]> = {}
  for (let index = 0; index < headers.length; index += 2) {
    const name = String(headers[index]).toLowerCase()
    const value = String(headers[index + 1])
    if (CONNECTION_FIELDS.has(name)) continue
    const existing = fields[name]
    fields[name] = existing === undefined || SINGLE_VALUED.has(name) ? value : [...[existing].flat(), value]
  }
  return fields
}
