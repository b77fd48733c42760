/** Determines where the body of a request ends, from its head (RFC 9112, section 6). Pure. */
import { QUOTED_STRING, TOKEN } from './grammar.ts'
import { MalformedRequest } from './malformed-request.ts'
import type { RequestHead } from './parse-head.ts'

export type BodyFraming =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly length: number }
  | { readonly kind: 'chunked' }

/** Section 7: a name, and parameters, whose values can contain commas. */
const CODING = `${TOKEN}(?:[ \\t]*;[ \\t]*${TOKEN}[ \\t]*=[ \\t]*(?:${TOKEN}|${QUOTED_STRING}))*`
/** Without empty elements: not all recipients skip them, so that the end of the body would depend on the recipient. */
const CODINGS = new RegExp(`^[ \\t]*${CODING}(?:[ \\t]*,[ \\t]*${CODING})*[ \\t]*$`)

const EACH_CODING = new RegExp(CODING, 'g')

/** Characters of a value in an error. */
const MAX_QUOTED_LENGTH = 100

const NONE: BodyFraming = { kind: 'none' }
const CHUNKED: BodyFraming = { kind: 'chunked' }

/**
 * Returns the framing of the body.
 *
 * @throws MalformedRequest with status 400, or 501 for an unknown transfer coding
 */
export function bodyFraming({ headers, minorVersion }: RequestHead): BodyFraming {
  const { 'transfer-encoding': codings, 'content-length': length } = headers
  if (codings !== undefined) {
    checkTransferCoding(String(codings), { hasLength: length !== undefined, minorVersion })
    return CHUNKED
  }
  if (length === undefined) return NONE
  // Section 6.3: an invalid value cannot be recovered. A list of equal values may be rejected (RFC 9110, section 8.6).
  if (!/^[0-9]{1,15}$/.test(String(length))) {
    throw new MalformedRequest(400, `Content-Length must be a decimal number of bytes, not "${length}".`)
  }
  return length === '0' ? NONE : { kind: 'length', length: Number(length) }
}

function checkTransferCoding(
  field: string,
  { hasLength, minorVersion }: { readonly hasLength: boolean; readonly minorVersion: number },
): void {
  // Section 6.1: the message has faulty framing.
  if (minorVersion === 0) throw new MalformedRequest(400, 'HTTP/1.0 has no Transfer-Encoding.')
  if (hasLength) {
    throw new MalformedRequest(400, 'The request has both Content-Length and Transfer-Encoding. Send one of them.')
  }
  if (!CODINGS.test(field)) {
    throw new MalformedRequest(
      400,
      `Transfer-Encoding is not a list of codings: "${field.slice(0, MAX_QUOTED_LENGTH)}".`,
    )
  }
  const codings: readonly string[] = field.toLowerCase().match(EACH_CODING) ?? []
  // Section 6.3: without chunked at the end, the length of the body cannot be determined.
  if (codings.at(-1) !== 'chunked') throw new MalformedRequest(400, 'The last transfer coding must be chunked.')
  if (codings.indexOf('chunked') !== codings.length - 1) {
    throw new MalformedRequest(400, 'The body must not be chunked more than once.')
  }
  if (codings.length > 1) {
    throw new MalformedRequest(501, `This server knows no transfer coding but chunked: "${codings[0]}" is unknown.`)
  }
}
