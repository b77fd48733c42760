/** The error of a resolver, and error responses as text. Pure. */
import { RefusedError } from '../../errors.ts'
import type { Rcode, TypeName } from '../codes.ts'
import { extendedErrors, printExtendedError } from '../edns-options.ts'
import type { Message } from '../message.ts'

const DESCRIPTIONS: Partial<Record<Rcode, string>> = {
  FORMERR: 'the server could not parse the query',
  SERVFAIL: 'the server failed',
  NXDOMAIN: 'the name does not exist',
  NOTIMP: 'the server does not support this kind of query',
  REFUSED: 'the server does not answer queries for that name',
  YXDOMAIN: 'the name is too long after DNAME substitution',
  NOTAUTH: 'the server is not authoritative for that zone, or does not accept the signature',
  BADCOOKIE: 'the server requires its own cookie. Send cookies with --cookie',
  BADVERS: 'the server does not support that version of EDNS',
}

/** Describes an rcode. */
export function describeRcode(rcode: Rcode): string {
  return DESCRIPTIONS[rcode] ?? 'the server refused the query'
}

/** Describes the rcode of a response and its extended errors (RFC 8914). */
export function describeError(response: ErrorResponse): string {
  return `${describeRcode(response.rcode)}${listExtendedErrors(extendedErrorTexts(response))}`
}

type ErrorResponse = Pick<Message, 'rcode' | 'edns'>

function extendedErrorTexts(response: ErrorResponse): string[] {
  return extendedErrors(response).map(printExtendedError)
}

function listExtendedErrors(texts: readonly string[]): string {
  return texts.map(text => `; extended error: ${text}`).join('')
}

/** `NODATA` is not an rcode: the name exists, but has no records of that type (RFC 2308, section 2.2). */
export type ResolveCode = Rcode | 'NODATA'

/** The servers responded, but without an answer. `code` is the reason: `NXDOMAIN`, `NODATA`, `SERVFAIL` ... */
export class ResolveError extends RefusedError {
  override readonly name = 'ResolveError'
  override readonly code: ResolveCode
  /** The queried name; if it is an alias, the name at the end of the aliases. */
  readonly hostname: string
  readonly type: TypeName
  readonly rcode: Rcode
  /** Extended errors of the response as text (RFC 8914): `18 (Prohibited)`. */
  readonly extendedErrors: readonly string[]

  constructor(
    code: ResolveCode,
    question: { readonly name: string; readonly type: TypeName },
    response: ErrorResponse,
  ) {
    const texts = extendedErrorTexts(response)
    const text = code === 'NODATA' ? 'the name has no records of that type' : describeRcode(code)
    super(code, text, { message: `${code} for ${question.name} ${question.type}: ${text}${listExtendedErrors(texts)}` })
    this.code = code
    this.hostname = question.name
    this.type = question.type
    this.rcode = response.rcode
    this.extendedErrors = texts
  }
}
