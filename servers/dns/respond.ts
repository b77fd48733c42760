/**
 * From the bytes of a query to the bytes of its response: what the header, the question and EDNS ask for, and what is
 * said to those who ask wrongly. Pure: zones and bytes in, bytes out.
 */
import type { Rcode, TypeName } from '../../shared/dns/codes.ts'
import { decodeHeader, decodeMessage, type Header } from '../../shared/dns/decode.ts'
import { encodeMessage, MAX_MESSAGE_BYTES } from '../../shared/dns/encode.ts'
import { type Edns, FormatError, type Message, NO_FLAGS, type Question } from '../../shared/dns/message.ts'
import { type Answer, answer, type Zones } from './answer.ts'

/** What we take by UDP, and send at most: it fits into one packet on any network (DNS flag day 2020; RFC 9715). */
export const MAX_UDP_BYTES = 1232
/** What a client takes that says nothing (RFC 1035, section 2.3.4), or less than that (RFC 6891, section 6.2.5). */
const PLAIN_UDP_BYTES = 512

export type Transport = 'udp' | 'tcp'

/** The response to a message; undefined where none is due, since it is too short to be one or a response itself. */
export function respond(zones: Zones, bytes: Uint8Array, transport: Transport): Buffer | undefined {
  const header = decodeHeader(bytes)
  // A response is never responded to: two servers would do so for ever.
  if (!header || header.response) return undefined
  if (header.opcode !== 'QUERY') return encodeMessage(emptyResponse(header, 'NOTIMP'))
  try {
    const query = decodeMessage(bytes)
    return encodeMessage(respondTo(zones, query, transport), limitFor(query, transport))
  } catch (error) {
    if (error instanceof FormatError) return encodeMessage(emptyResponse(header, 'FORMERR'))
    throw error
  }
}

/** The response that tells of a failure of ours; undefined where not even the header can be read. */
export function respondFailure(bytes: Uint8Array): Buffer | undefined {
  const header = decodeHeader(bytes)
  return header && encodeMessage(emptyResponse(header, 'SERVFAIL'))
}

function limitFor({ edns }: Message, transport: Transport): number {
  if (transport === 'tcp') return MAX_MESSAGE_BYTES
  return Math.max(PLAIN_UDP_BYTES, Math.min(edns?.udpPayloadSize ?? PLAIN_UDP_BYTES, MAX_UDP_BYTES))
}

function respondTo(zones: Zones, query: Message, transport: Transport): Message {
  const [question, ...more] = query.questions
  // RFC 9619: a query has one question.
  if (!question || more.length > 0) return emptyResponse(query, 'FORMERR', query.edns)
  const empty = { ...emptyResponse(query, 'NOERROR', query.edns), questions: [question] }
  if (query.edns && query.edns.version > 0) return { ...empty, rcode: 'BADVERS' }
  const refusal = refuse(question)
  if (refusal) return { ...empty, rcode: refusal }
  const { aa, ...rest } = limitAny(answer(zones, question), question, transport)
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
function limitAny(full: Answer, { type }: Question, transport: Transport): Answer {
  const [first] = full.answers
  if (type !== 'ANY' || transport === 'tcp' || !first) return full
  return {
    ...full,
    answers: full.answers.filter(record => record.type === first.type),
    authorities: [],
    additionals: [],
  }
}

/** A response without records: RD is given back as it came, EDNS is spoken to who speaks it (RFC 6891, section 6.1.1). */
function emptyResponse({ id, opcode, flags: { rd } }: Header, rcode: Rcode, asked?: Edns): Message {
  return {
    id,
    response: true,
    opcode,
    rcode,
    flags: { ...NO_FLAGS, rd },
    questions: [],
    answers: [],
    authorities: [],
    additionals: [],
    edns: asked && { version: 0, udpPayloadSize: MAX_UDP_BYTES, dnssecOk: asked.dnssecOk, options: [] },
  }
}
