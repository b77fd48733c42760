/**
 * The response to a plain question from the zones served. What EDNS adds to it, and how much of it fits, is seen to when
 * it is written (`write-response.ts`). Pure: zones and a query in, a message out.
 */
import type { Rcode, TypeName } from '../../shared/dns/codes.ts'
import type { Message, Question } from '../../shared/dns/message.ts'
import { fold } from '../../shared/dns/name.ts'
import { type Answer, answer, type Zones } from './answer.ts'
import { answerChaos, type Identity, NO_IDENTITY } from './chaos.ts'
import { explain, REASON, type Reason } from './edns/extended-error.ts'
import { type Client, emptyResponse, type Query, responseTo } from './query.ts'

/** Responds to a message of opcode QUERY. */
export function respond(zones: Zones, query: Query, identity: Identity = NO_IDENTITY): Message {
  const { message, client, cookie } = query
  const [question] = message.questions
  // RFC 7873, section 5.4: a query without a question asks for a cookie.
  if (!question)
    return emptyResponse(message, cookie ? (cookie.valid || cookie.fresh ? 'NOERROR' : 'BADCOOKIE') : 'FORMERR')
  if (question.class === 'CH') return respondChaos(message, question, identity)
  const refusal = refuse(message, question)
  if (refusal) return refusal
  const response = answered(message, limitAny(answer(zones, question), question, client))
  return response.rcode === 'REFUSED' ? explain(response, REASON.NOT_AUTHORITATIVE) : response
}

function answered({ id, opcode, flags, questions }: Message, found: Answer): Message {
  const { rcode, aa, answers, authorities, additionals } = found
  const { rd } = flags
  return {
    id,
    response: true,
    opcode,
    rcode,
    flags: { aa, tc: false, rd, ra: false, ad: false, cd: false },
    questions,
    answers,
    authorities,
    additionals,
  }
}

function respondChaos(message: Message, question: Question, identity: Identity): Message {
  const answers = answerChaos(question, identity)
  if (!answers) return explain(responseTo(message, 'REFUSED'), REASON.NOT_AUTHORITATIVE)
  const response = responseTo(message)
  return { ...response, answers, flags: { ...response.flags, aa: true } }
}

type Refusal = readonly [rcode: Rcode, reason?: Reason]

/** Questions that no zone is looked up for. */
const REFUSALS: Partial<Record<TypeName, Refusal>> = {
  AXFR: ['REFUSED', REASON.PROHIBITED],
  IXFR: ['REFUSED', REASON.PROHIBITED],
  MAILA: ['NOTIMP', REASON.NOT_SUPPORTED],
  MAILB: ['NOTIMP', REASON.NOT_SUPPORTED],
  TKEY: ['NOTIMP', REASON.NOT_SUPPORTED],
  TSIG: ['FORMERR'],
  OPT: ['FORMERR'],
}

function refuse(message: Message, { type, class: questionClass }: Question): Message | undefined {
  if (questionClass !== 'IN' && questionClass !== 'ANY') {
    return explain(responseTo(message, 'REFUSED'), REASON.NOT_SUPPORTED)
  }
  const [rcode, reason] = REFUSALS[type] ?? []
  if (!rcode) return undefined
  const response = responseTo(message, rcode)
  return reason === undefined ? response : explain(response, reason)
}

/** RFC 8482, section 4.1: by UDP, where the asker's address may be forged, ANY is answered with one of the record sets. */
function limitAny(full: Answer, { type }: Question, { transport }: Client): Answer {
  const [first] = full.answers
  if (type !== 'ANY' || transport !== 'udp' || !first) return full
  return {
    ...full,
    answers: full.answers.filter(record => record.type === first.type),
    authorities: [],
    additionals: [],
  }
}

/**
 * Responds to NOTIFY and UPDATE where nobody takes them. A zone that is not ours is NOTAUTH (RFC 2136, section 3.1.1);
 * ours has no other primary that could notify us, and is changed by nobody (RFC 1996, section 3.10).
 */
export function refuseChange(zones: Zones, { message }: Query): Message {
  const [zone] = message.questions
  if (!zone || (message.opcode === 'UPDATE' && zone.type !== 'SOA')) return emptyResponse(message, 'FORMERR')
  if (zones.has(fold(zone.name)) && zone.class === 'IN') {
    return explain(responseTo(message, 'REFUSED'), REASON.PROHIBITED)
  }
  return explain(responseTo(message, 'NOTAUTH'), REASON.NOT_AUTHORITATIVE)
}
