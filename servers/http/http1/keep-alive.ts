/** Whether a connection stays open after a response (RFC 9112, section 9.3). Pure. */
import { MAX_IGNORED_BODY_BYTES } from '../limits.ts'
import { listElements } from '../request/list-field.ts'
import type { Response } from '../response/response.ts'
import type { Http1Body } from './http1-body.ts'
import type { RequestHead } from './parse-head.ts'
import { fieldOf } from './serialize.ts'

/** True if the client wants to send further requests. */
export function wantsKeepAlive({ method, headers, minorVersion }: RequestHead): boolean {
  // What follows is for the tunnel that the client wants (RFC 9110, section 9.3.6), and not a request.
  if (method === 'CONNECT') return false
  const field = headers.connection
  if (field === undefined) return minorVersion === 1
  const options = listElements(field)
  if (options.includes('close')) return false
  return minorVersion === 1 || options.includes('keep-alive')
}

/** True if the rest of the body is too long to be discarded, or its end is unknown, or the response ends the connection. */
export function requiresClose(body: Http1Body | undefined, response: Response): boolean {
  if (body && !body.isComplete) {
    const isShort = body.remaining <= MAX_IGNORED_BODY_BYTES
    if (!isShort || body.isBroken || body.awaitsContinue) return true
  }
  return !response.shared && listElements(fieldOf(response, 'connection') ?? '').includes('close')
}
