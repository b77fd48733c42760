/** What is known of one question, by an upstream or by ourselves: an answer, or a step on the way to one. Pure. */
import type { Rcode, TypeName } from '../../../shared/dns/codes.ts'
import type { DnsRecord, EdnsOption } from '../../../shared/dns/message.ts'
import { fold } from '../../../shared/dns/name.ts'

/** A question of class IN, with the two bits that change what upstreams say to it. */
export interface ForwardQuery {
  readonly name: string
  readonly type: TypeName
  /** DO: signatures are wanted (RFC 3225). */
  readonly dnssecOk: boolean
  /** CD: what fails validation is wanted too (RFC 4035, section 3.2.2). */
  readonly checkingDisabled: boolean
}

interface Found {
  readonly rcode: Rcode
  /** The chain of aliases, from the name asked on, and the records where it ends. */
  readonly answers: readonly DnsRecord[]
  /** The SOA of a negative answer; with DO, what proves it. */
  readonly authorities: readonly DnsRecord[]
  /** Extended errors (RFC 8914) that explain it. */
  readonly errors: readonly EdnsOption[]
}

export type Resolution =
  /** The records are there (or, with YXDOMAIN, a name too long for a DNAME). */
  | (Found & { readonly kind: 'positive' })
  /** The answers end in an alias whose target has to be asked for anew. */
  | (Found & { readonly kind: 'alias'; readonly target: string })
  /** RFC 2308: the name is not there (NXDOMAIN), or nothing of this type at it (NOERROR: NODATA). */
  | (Found & { readonly kind: 'negative' })
  /** RFC 9520: nothing could be learnt. */
  | (Found & { readonly kind: 'failure' })

/** A resolution failure, explained. */
export function failure(...errors: readonly EdnsOption[]): Resolution {
  return { kind: 'failure', rcode: 'SERVFAIL', answers: [], authorities: [], errors }
}

/** In the place of a type: what holds for the name whatever the type. */
export const ALL_TYPES = '*'

/** Two questions of equal keys are one: the same upstream query answers them. */
export function keyOf(asked: ForwardQuery, type: TypeName | typeof ALL_TYPES = asked.type): string {
  return `${asked.dnssecOk ? 'D' : '-'}${asked.checkingDisabled ? 'C' : '-'} ${type} ${fold(asked.name)}`
}
