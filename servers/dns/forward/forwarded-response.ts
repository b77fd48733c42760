/** From what was found to the response of the client who asked. Pure. */
import type { DnsRecord, Message } from '../../../shared/dns/message.ts'
import { fold } from '../../../shared/dns/name.ts'
import { responseTo } from '../query/query.ts'
import type { Resolution } from './resolution.ts'

/**
 * The response is ours: it has the id and the question of the client's query. It vouches for no signature
 * (AD), as none was checked.
 */
export function forwardedResponse(query: Message, finding: Resolution, authoritative = false): Message {
  const { rcode, answers, authorities, errors } = finding
  const response = responseTo(query, rcode)
  return withRecursionAvailable({
    ...response,
    flags: { ...response.flags, aa: authoritative, cd: query.flags.cd },
    answers: withQueryName(answers, query.questions[0]?.name ?? ''),
    authorities,
    edns: { ...ONLY_OPTIONS, options: errors },
  })
}

/** The response says that recursion may be had (RFC 1035, section 4.1.1). */
export function withRecursionAvailable(response: Message): Message {
  return { ...response, flags: { ...response.flags, ra: true } }
}

/** The rest is filled in when the response is written. */
const ONLY_OPTIONS = { version: 0, udpPayloadSize: 0, dnssecOk: false } as const

/** Another client may have asked for the same name in other letters, and had it kept so. */
function withQueryName(records: readonly DnsRecord[], name: string): readonly DnsRecord[] {
  const folded = fold(name)
  return records.map(record => (record.name !== name && fold(record.name) === folded ? { ...record, name } : record))
}
