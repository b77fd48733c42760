/** One step of a walk: what a response means to somebody who asked a server of a zone (RFC 1034, section 5.3.3). Pure. */
import type { DnsRecord, Message, Question } from '../../shared/dns/message.ts'
import { fold, isAtOrBelow } from '../../shared/dns/name.ts'
import { addressesOf } from './read-answer.ts'

/** A server that a delegation names, with the addresses that came along (glue). */
export interface NamedServer {
  readonly name: string
  readonly addresses: readonly string[]
}

/** What a response means. */
export type Outcome =
  | { readonly kind: 'answer' }
  /** No such name, or no such type. */
  | { readonly kind: 'nothing' }
  | { readonly kind: 'referral'; readonly zone: string; readonly servers: readonly NamedServer[] }
  /** The server is of no use; another may be. */
  | { readonly kind: 'failed'; readonly why: string }

export interface ReadStep {
  readonly outcome: Outcome
  readonly disbelieved: readonly DnsRecord[]
}

/**
 * Reads a response. Whatever is outside the zone is not believed: nobody made this server responsible for it.
 *
 * @param zone what the server was asked for, folded; undefined for a server that was chosen by hand, which is believed
 */
export function readStep(message: Message, question: Question, zone: string | undefined): ReadStep {
  const believed = ({ name }: DnsRecord) => zone === undefined || isAtOrBelow(fold(name), zone)
  const { answers, authorities, additionals } = message
  const disbelieved = [...answers, ...authorities, ...additionals].filter(record => !believed(record))
  const trusted = {
    ...message,
    answers: answers.filter(believed),
    authorities: authorities.filter(believed),
    additionals: additionals.filter(believed),
  }
  return { outcome: meaning(trusted, question, zone), disbelieved }
}

function meaning(message: Message, question: Question, zone: string | undefined): Outcome {
  const { rcode, flags, answers, authorities } = message
  const asked = fold(question.name)
  if (rcode === 'NXDOMAIN') return { kind: 'nothing' }
  if (rcode !== 'NOERROR') return { kind: 'failed', why: `it answers ${rcode}` }
  if (answers.some(({ name, type }) => fold(name) === asked || isDnameAbove(fold(name), type, asked)))
    return { kind: 'answer' }
  if (answers.length > 0) return { kind: 'failed', why: 'it answers another question' }
  const referral = readReferral(message, asked)
  // A server that recurses shows the root's servers beside nothing; one that is responsible has an SOA.
  if (flags.aa || (!referral && authorities.some(({ type }) => type === 'SOA'))) return { kind: 'nothing' }
  if (!referral) return { kind: 'failed', why: 'it is not responsible for that zone' }
  if (zone !== undefined && (referral.zone === zone || !isAtOrBelow(referral.zone, zone))) {
    return { kind: 'failed', why: `it refers back to ${referral.zone}` }
  }
  return referral
}

function isDnameAbove(name: string, type: string, asked: string): boolean {
  return type === 'DNAME' && isAtOrBelow(asked, name)
}

function readReferral(
  { authorities, additionals }: Message,
  asked: string,
): Extract<Outcome, { kind: 'referral' }> | undefined {
  const delegations = authorities.flatMap(record => (record.type === 'NS' ? [record] : []))
  const zone = delegations.map(({ name }) => fold(name)).find(name => isAtOrBelow(asked, name))
  if (zone === undefined) return undefined
  const names = new Set(delegations.filter(({ name }) => fold(name) === zone).map(({ data }) => fold(data)))
  const servers = [...names].map(name => ({ name, addresses: addressesOf(name, additionals) }))
  return { kind: 'referral', zone, servers }
}
