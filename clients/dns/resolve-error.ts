/** A name that has no answer. Pure. */
import type { Rcode, TypeName } from '../../shared/dns/codes.ts'
import { extendedErrors, printExtendedError } from '../../shared/dns/edns-options.ts'
import { RefusedError } from '../../shared/errors.ts'
import { explainRcode } from './failure.ts'
import type { DnsReply } from './query.ts'

/** `NODATA` is no rcode: there is the name, but it has no records of that type (RFC 2308, section 2.2). */
export type ResolveCode = Rcode | 'NODATA'

/** The servers answered, and there is nothing, or they failed. `code` says which: `NXDOMAIN`, `NODATA`, `SERVFAIL` ... */
export class ResolveError extends RefusedError {
  override readonly name = 'ResolveError'
  override readonly code: ResolveCode
  /** What was asked for; at the end of aliases, where they lead. */
  readonly hostname: string
  readonly type: TypeName
  readonly rcode: Rcode
  /** Extended errors in words (RFC 8914): `18 (Prohibited)`. */
  readonly explanations: readonly string[]

  constructor(code: ResolveCode, asked: { readonly name: string; readonly type: TypeName }, reply: DnsReply) {
    const explanations = extendedErrors(reply).map(printExtendedError)
    const text = code === 'NODATA' ? 'the name has no records of that type' : explainRcode(code)
    const more = explanations.map(explanation => `; the server says: ${explanation}`).join('')
    super(code, text, { message: `${code} for ${asked.name} ${asked.type}: ${text}${more}` })
    this.code = code
    this.hostname = asked.name
    this.type = asked.type
    this.rcode = reply.rcode
    this.explanations = explanations
  }
}
