/** Responds to queries from the zones. `write-response.ts` adds EDNS and truncates. Pure: zones and a query in, a message out. */
import type { Rcode, TypeName } from '../../../shared/dns/codes.ts'
import type { Message, Question } from '../../../shared/dns/message.ts'
import { fold } from '../../../shared/dns/name.ts'
import { explain, INFO_CODE, type InfoCode } from '../edns/extended-error.ts'
import { type Answer, answer, type Zones } from './answer.ts'
import { answerChaos, type Identity, NO_IDENTITY } from './chaos.ts'
import { type Client, emptyResponse, type Query, type Response, responseTo } from './query.ts'

/** Responds to a message of opcode QUERY. */
export function respond(zones: Zones, query: Query, identity: Identity = NO_IDENTITY): Response {
  const { message, client } = query
  const [question] = message.questions
  if (!question) return respondWithoutQuestion(query)
  if (question.class === 'CH') return respondChaos(message, question, identity)
  const rejection = reject(message, question)
  if (rejection) return rejection
  const response = toResponse(message, limitAny(answer(zones, question), question, client))
  return response.rcode === 'REFUSED' ? explain(response, INFO_CODE.NOT_AUTHORITATIVE) : response
}

/** RFC 7873, section 5.4: a query without a question requests a cookie. */
function respondWithoutQuestion({ message, auth: { cookie } }: Query): Response {
  if (!cookie) return emptyResponse(message, 'FORMERR')
  return emptyResponse(message, cookie.valid || cookie.isFirst ? 'NOERROR' : 'BADCOOKIE')
}

function toResponse({ id, opcode, flags: { rd }, questions }: Message, answer: Answer): Response {
  const { rcode, aa, answers, authorities, additionals } = answer
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
    cacheable: aa,
  }
}

function respondChaos(message: Message, question: Question, identity: Identity): Response {
  const answers = answerChaos(question, identity)
  if (!answers) return explain(responseTo(message, 'REFUSED'), INFO_CODE.NOT_AUTHORITATIVE)
  const response = responseTo(message)
  return { ...response, answers, flags: { ...response.flags, aa: true }, cacheable: true }
}

type Rejection = readonly [rcode: Rcode, infoCode?: InfoCode]

/** Types that are not looked up in the zones. */
const REJECTIONS: Partial<Record<TypeName, Rejection>> = {
  AXFR: ['REFUSED', INFO_CODE.PROHIBITED],
  IXFR: ['REFUSED', INFO_CODE.PROHIBITED],
  MAILA: ['NOTIMP', INFO_CODE.NOT_SUPPORTED],
  MAILB: ['NOTIMP', INFO_CODE.NOT_SUPPORTED],
  TKEY: ['NOTIMP', INFO_CODE.NOT_SUPPORTED],
  TSIG: ['FORMERR'],
  OPT: ['FORMERR'],
}

function reject(message: Message, { type, class: questionClass }: Question): Message | undefined {
  if (questionClass !== 'IN' && questionClass !== 'ANY') {
    return explain(responseTo(message, 'REFUSED'), INFO_CODE.NOT_SUPPORTED)
  }
  const [rcode, infoCode] = REJECTIONS[type] ?? []
  if (!rcode) return undefined
  const response = responseTo(message, rcode)
  return infoCode === undefined ? response : explain(response, infoCode)
}

/** RFC 8482, section 4.1: over UDP, where addresses can be forged, ANY gets only one record set. */
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
 * Rejects NOTIFY, and UPDATE without a handler. Zones of other servers are NOTAUTH (RFC 2136, section 3.1.1). This server is the
 * primary of its own zones, so no other primary can notify it (RFC 1996, section 3.10).
 */
export function rejectChange(zones: Zones, { message }: Query): Message {
  const [zone] = message.questions
  if (!zone || (message.opcode === 'UPDATE' && zone.type !== 'SOA')) return emptyResponse(message, 'FORMERR')
  if (zones.has(fold(zone.name)) && zone.class === 'IN') {
    return explain(responseTo(message, 'REFUSED'), INFO_CODE.PROHIBITED)
  }
  return explain(responseTo(message, 'NOTAUTH'), INFO_CODE.NOT_AUTHORITATIVE)
}
