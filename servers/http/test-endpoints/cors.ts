/** Cross-origin resource sharing: scripts of every site may read the responses, as with go-httpbin. Pure. */
import type { RequestFields } from '../request/request.ts'
import type { Response } from '../response/response.ts'
import { fieldOf } from './requests/describe-request.ts'

const METHODS = 'GET, POST, HEAD, PUT, DELETE, PATCH, OPTIONS'
const PREFLIGHT_SECONDS = '3600'

/** Addresses of this machine, and names that no public DNS delegates (RFC 6761). */
const LOCAL_ORIGIN = /^https?:\/\/(?:[\w-]+\.)*(?:localhost|test|internal|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?$/i

/**
 * Returns the fields of every response. Only local sites may send credentials: a response has the header fields of its request,
 * and those that a browser adds, such as the password of an account, are not for the scripts of a foreign site.
 */
export function corsFields(headers: RequestFields): string[] {
  const origin = fieldOf(headers, 'origin')
  if (origin !== '' && !LOCAL_ORIGIN.test(origin)) return ['Access-Control-Allow-Origin', '*', 'Vary', 'Origin']
  return ['Access-Control-Allow-Origin', origin || '*', 'Access-Control-Allow-Credentials', 'true', 'Vary', 'Origin']
}

export function preflightResponse(headers: RequestFields): Response {
  const requested = fieldOf(headers, 'access-control-request-headers')
  const allowed = requested === '' ? [] : ['Access-Control-Allow-Headers', requested]
  const fields = ['Access-Control-Allow-Methods', METHODS, 'Access-Control-Max-Age', PREFLIGHT_SECONDS, ...allowed]
  return { status: 200, headers: ['Allow', METHODS, ...corsFields(headers), ...fields, 'Content-Length', '0'] }
}
