/** Builds responses to clients from resolutions. Pure. */
import type { DnsRecord, Message } from '../../../shared/dns/message.ts'
import { fold } from '../../../shared/dns/name.ts'
import { responseTo } from '../query/query.ts'
import type { Resolution } from './resolution.ts'

/** Returns a response with the id and question of the query, and without AD: this server does not validate signatures. */
export function forwardedResponse(query: Message, resolution: Resolution, authoritative = false): Message {
  const { rcode, answers, authorities, errors } = resolution
  const response = responseTo(query, rcode)
  return withRecursionAvailable({
    ...response,
    flags: { ...response.flags, aa: authoritative, cd: query.flags.cd },
    answers: withQueryName(answers, query.questions[0]?.name ?? ''),
    authorities,
    edns: { ...ONLY_OPTIONS, options: errors },
  })
}

/** Sets RA: recursion is available (RFC 1035, section 4.1.1). */
export function withRecursionAvailable(response: Message): Message {
  return { ...response, flags: { ...response.flags, ra: true } }
}

/** `writeResponse` sets the other fields. */
const ONLY_OPTIONS = { version: 0, udpPayloadSize: 0, dnssecOk: false } as const

/** Restores the case of the query's name: the cached records can have another client's. */
function withQueryName(records: readonly DnsRecord[], name: string): readonly DnsRecord[] {
  const folded = fold(name)
  return records.map(record => (record.name !== name && fold(record.name) === folded ? { ...record, name } : record))
}
