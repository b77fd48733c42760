/** Classifies the response of a server to a non-recursive query (RFC 1034, section 5.3.3). Pure. */
import type { DnsRecord, Message, Question } from '../../shared/dns/message.ts'
import { fold, isAtOrBelow } from '../../shared/dns/name.ts'
import { addressesOf } from '../../shared/dns/resolver/answer.ts'

/** A server named in a referral, with its addresses from the additional section (glue). */
export interface ReferredServer {
  readonly name: string
  readonly addresses: readonly string[]
}

export type Outcome =
  | { readonly kind: 'answer' }
  /** The name, or the type at that name, does not exist. */
  | { readonly kind: 'negative' }
  | Referral
  /** The response is unusable; another server may have a usable one. */
  | { readonly kind: 'failed'; readonly reason: string }

export interface Referral {
  readonly kind: 'referral'
  readonly zone: string
  readonly servers: readonly ReferredServer[]
}

export interface Classification {
  readonly outcome: Outcome
  /** Records outside the server's zone. They are ignored, because the server is not authoritative for them. */
  readonly outOfZone: readonly DnsRecord[]
}

/**
 * Classifies a response by its records inside the zone.
 *
 * @param zone the zone that a referral named the server for, folded; undefined for a server that the user chose, which is
 * trusted for every name
 */
export function classifyResponse(response: Message, question: Question, zone: string | undefined): Classification {
  const isInZone = ({ name }: DnsRecord) => zone === undefined || isAtOrBelow(fold(name), zone)
  const { answers, authorities, additionals } = response
  const outOfZone = [...answers, ...authorities, ...additionals].filter(record => !isInZone(record))
  const trusted = {
    ...response,
    answers: answers.filter(isInZone),
    authorities: authorities.filter(isInZone),
    additionals: additionals.filter(isInZone),
  }
  return { outcome: outcomeOf(trusted, fold(question.name), zone), outOfZone }
}

function outcomeOf(response: Message, queryName: string, zone: string | undefined): Outcome {
  const { rcode, flags, answers, authorities } = response
  if (rcode === 'NXDOMAIN') return { kind: 'negative' }
  if (rcode !== 'NOERROR') return { kind: 'failed', reason: `the server responded with ${rcode}` }
  if (answers.some(record => answersName(record, queryName))) return { kind: 'answer' }
  if (answers.length > 0) return { kind: 'failed', reason: 'the answer is for another name' }
  const referral = findReferral(response, queryName)
  // A recursive server without an answer can add the root servers; an authoritative server adds its SOA.
  if (flags.aa || (!referral && authorities.some(({ type }) => type === 'SOA'))) return { kind: 'negative' }
  if (!referral) return { kind: 'failed', reason: 'the server is not authoritative for that name' }
  if (zone !== undefined && (referral.zone === zone || !isAtOrBelow(referral.zone, zone))) {
    return { kind: 'failed', reason: `the server refers back to ${referral.zone}` }
  }
  return referral
}

function answersName({ name, type }: DnsRecord, queryName: string): boolean {
  return fold(name) === queryName || (type === 'DNAME' && isAtOrBelow(queryName, fold(name)))
}

function findReferral({ authorities, additionals }: Message, queryName: string): Referral | undefined {
  const delegations = authorities.flatMap(record => (record.type === 'NS' ? [record] : []))
  const zone = delegations.map(({ name }) => fold(name)).find(name => isAtOrBelow(queryName, name))
  if (zone === undefined) return undefined
  const names = new Set(delegations.filter(({ name }) => fold(name) === zone).map(({ data }) => fold(data)))
  const servers = [...names].map(name => ({ name, addresses: addressesOf(name, additionals) }))
  return { kind: 'referral', zone, servers }
}
