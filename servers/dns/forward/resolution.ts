/** The result of one query, from an upstream or a local zone: an answer, an alias to follow, or a failure. Pure. */
import type { Rcode, TypeName } from '../../../shared/dns/codes.ts'
import type { DnsRecord, EdnsOption } from '../../../shared/dns/message.ts'
import { fold } from '../../../shared/dns/name.ts'

/** A question of class IN, with the two bits on which responses of upstreams depend. */
export interface ForwardQuery {
  readonly name: string
  readonly type: TypeName
  /** DO: the client requests signatures (RFC 3225). */
  readonly dnssecOk: boolean
  /** CD: the client accepts data that fails validation (RFC 4035, section 3.2.2). */
  readonly checkingDisabled: boolean
}

interface Result {
  readonly rcode: Rcode
  /** The chain of aliases, from the queried name, and the records at its end. */
  readonly answers: readonly DnsRecord[]
  /** The SOA of a negative answer; with DO, its proof. */
  readonly authorities: readonly DnsRecord[]
  /** Extended errors (RFC 8914). */
  readonly errors: readonly EdnsOption[]
}

export type Resolution =
  /** The records exist (or, with YXDOMAIN, a DNAME yields a name that is too long). */
  | (Result & { readonly kind: 'positive' })
  /** The answers end in an alias; its target needs a query of its own. */
  | (Result & { readonly kind: 'alias'; readonly target: string })
  /** RFC 2308: the name does not exist (NXDOMAIN), or has no records of the type (NOERROR: NODATA). */
  | (Result & { readonly kind: 'negative' })
  /** RFC 9520: no upstream gave a usable response. */
  | (Result & { readonly kind: 'failure' })

/** Returns a failure with its reasons. */
export function failure(...errors: readonly EdnsOption[]): Resolution {
  return { kind: 'failure', rcode: 'SERVFAIL', answers: [], authorities: [], errors }
}

/** In place of a type: the resolution applies to all types of the name. */
export const ALL_TYPES = '*'

/** Queries with equal keys share an upstream query. */
export function keyOf(query: ForwardQuery, type: TypeName | typeof ALL_TYPES = query.type): string {
  return `${query.dnssecOk ? 'D' : '-'}${query.checkingDisabled ? 'C' : '-'} ${type} ${fold(query.name)}`
}
