/** Validates the head of a request before routing, for HTTP/1.1 and HTTP/2. Its syntax was checked before. Pure. */
import { MAX_TARGET_BYTES } from '../limits.ts'
import { type Response, textResponse } from '../response/response.ts'
import { parseExpectation } from './expectation.ts'

export interface ValidatedHead {
  readonly target: string
  /** False for HTTP/1.0: the Host field is then optional, and expectations are ignored. */
  readonly isHttp11: boolean
  /** True if the request was sent over TLS, or by a proxy that is trusted to have ended TLS. */
  readonly isSecure: boolean
  readonly host?: string | undefined
  readonly expect?: string | undefined
}

// RFC 9110, section 7.2 and RFC 3986, section 3.2.2: an address in brackets or a name, and a port. No user information.
const HOST = /^(?:\[[0-9A-Fa-f:.]+\]|(?:[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+)(?::[0-9]*)?$/

/** Returns the error response to an invalid request; undefined if the request is valid. */
export function validateRequest({ target, isHttp11, isSecure, host, expect }: ValidatedHead): Response | undefined {
  if (target.length > MAX_TARGET_BYTES) {
    return textResponse(414, `The request target is longer than ${MAX_TARGET_BYTES} bytes.`)
  }
  // RFC 9112, section 3.2: exactly one valid Host field, or 400.
  if (host === undefined && isHttp11) return textResponse(400, 'An HTTP/1.1 request must have a Host field.')
  if (host !== undefined && !isHost(host)) return textResponse(400, 'The Host field is not a host name or address.')
  // RFC 9110, section 7.4: an https resource is only for secured connections.
  if (!isSecure && /^https:/i.test(target)) {
    return textResponse(421, 'The target is an https URL, and this connection is not secured by TLS.')
  }
  // RFC 9110, section 10.1.1: a server ignores the field in an HTTP/1.0 request.
  if (isHttp11 && parseExpectation(expect) === 'unknown') {
    return textResponse(417, 'This server knows no expectation but 100-continue.')
  }
  return undefined
}

/** True for a host with an optional port, which is any number (RFC 3986, section 3.2.3). */
export function isHost(text: string): boolean {
  return HOST.test(text) && (!text.startsWith('[') || URL.canParse(`http://${text.slice(0, text.indexOf(']') + 1)}`))
}
