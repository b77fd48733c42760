/** Creates the responses of endpoints, in the formats of go-httpbin. Pure. */

import { contentResponse, type Response, reasonPhrase } from '../response/response.ts'
import { MAX_INDENTED_LENGTH } from './bounds.ts'

export const TEXT = 'text/plain; charset=utf-8'
export const JSON_TYPE = 'application/json; charset=utf-8'
export const HTML = 'text/html; charset=utf-8'
export const BINARY = 'application/octet-stream'

/** Unlike `jsonResponse`, it has no Cache-Control: the endpoint decides. */
export function json(value: unknown, status = 200, headers: readonly string[] = []): Response {
  return contentResponse(status, JSON_TYPE, formatJson(value), headers)
}

/** Indents short JSON for people. */
export function formatJson(value: unknown): string {
  const compact = JSON.stringify(value)
  return compact.length > MAX_INDENTED_LENGTH ? `${compact}\n` : `${JSON.stringify(value, undefined, 2)}\n`
}

export function text(content: string, status = 200, headers: readonly string[] = []): Response {
  return contentResponse(status, TEXT, content, headers)
}

/** The format of go-httpbin's errors. */
export function errorResponse(status: number, detail: string, headers: readonly string[] = []): Response {
  const error = { status_code: status, error: reasonPhrase(status), detail }
  return { ...json(error, status, headers), detail }
}

/** Creates a response without content. */
export function empty(status: number, headers: readonly string[] = []): Response {
  return { status, headers: [...headers, 'Content-Length', '0'] }
}

export function escapeHtml(content: string): string {
  return content
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}

/** Types that no browser displays as a document with scripts. */
const SAFE_TYPE = /^(?:text\/plain|application\/json|application\/octet-stream)\s*(?:;|$)/i

/**
 * Returns content that the client has chosen as a document of this type. Without the escapes, a link could make a browser run
 * a script with the rights of the application on the same server.
 */
export function escapeForType(content: string, type: string): string {
  return SAFE_TYPE.test(type) ? content : escapeHtml(content)
}
