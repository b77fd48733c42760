/**
 * The response to a plain question from the zones served. What EDNS adds to it, and how much of it fits, is seen to when
 * it is written (`write-response.ts`). Pure: zones and a query in, a message out.
 */
import type { Rcode, TypeName } from '../../shared/dns/codes.ts'
import type { Message, Question } from '../../shared/dns/message.ts'
import { type Answer, answer, type Zones } from './answer.ts'
import { type Client, emptyResponse, type Query, responseTo } from './query.ts'

/** Responds to a message of opcode QUERY. */
export function respond(zones: Zones, { message, client }: Query): Message {
  const [question] = message.questions
  if (!question) return emptyResponse(message, 'FORMERR')
  const refusal = refuse(question)
  if (refusal) return responseTo(message, refusal)
  const { aa, ...rest } = limitAny(answer(zones, question), question, client)
  const empty = responseTo(message)
  return { ...empty, ...rest, flags: { ...empty.flags, aa } }
}

/** Questions that no zone is looked up for. */
const REFUSALS: Partial<Record<TypeName, Rcode>> = {
  AXFR: 'REFUSED',
  IXFR: 'REFUSED',
  MAILA: 'NOTIMP',
  MAILB: 'NOTIMP',
  TKEY: 'NOTIMP',
  TSIG: 'FORMERR',
  OPT: 'FORMERR',
}

function refuse({ type, class: questionClass }: Question): Rcode | undefined {
  if (questionClass !== 'IN' && questionClass !== 'ANY') return 'REFUSED'
  return REFUSALS[type]
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
