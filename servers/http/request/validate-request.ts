/** Validates the head of a request before routing. node's parser has checked the syntax. Pure. */
import { MAX_TARGET_BYTES } from '../limits.ts'
import { type Response, textResponse } from '../response/response.ts'

/** The head as node's parser returns it. */
export interface RequestHead {
  readonly url?: string | undefined
  readonly httpVersionMajor: number
  readonly httpVersionMinor: number
  /** Name, value, name, value. */
  readonly rawHeaders: readonly string[]
  readonly headers: { readonly host?: string | undefined; readonly expect?: string | undefined }
}

// Simplified from RFC 3986, section 3.2.2: the characters of a name, an address in brackets and a port. May be empty.
const HOST = /^[A-Za-z0-9._~!$&'()*+,;=%:[\]-]*$/

/** Returns the error response to an invalid request; undefined if the request is valid. */
export function validateRequest(head: RequestHead): Response | undefined {
  const { headers, httpVersionMajor, httpVersionMinor, rawHeaders, url = '' } = head
  if (httpVersionMajor !== 1) return textResponse(505, 'This server speaks HTTP/1.1 and HTTP/1.0.')
  if (url.length > MAX_TARGET_BYTES) {
    return textResponse(414, `The request target is longer than ${MAX_TARGET_BYTES} bytes.`)
  }
  const { host, expect } = headers
  // RFC 9112, section 3.2: exactly one valid Host field, or 400.
  if (host === undefined && httpVersionMinor > 0)
    return textResponse(400, 'An HTTP/1.1 request must have a Host field.')
  if (host !== undefined && !HOST.test(host)) return textResponse(400, 'The Host field does not name a host.')
  if (host !== undefined && countHosts(rawHeaders) > 1) return textResponse(400, 'There is more than one Host field.')
  if (expect !== undefined && expect.toLowerCase() !== '100-continue') {
    return textResponse(417, 'This server knows no expectation but 100-continue.')
  }
  return undefined
}

/** Counts the Host fields as sent: `headers` contains only the first one. */
function countHosts(rawHeaders: readonly string[]): number {
  let count = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? ''
    if (name.length === 4 && name.toLowerCase() === 'host') count += 1
  }
  return count
}
