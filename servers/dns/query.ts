/**
 * A query, read once: who asks, what, and what is said to those who ask so wrongly that nothing is looked up. Counts are
 * checked before anything is decoded, so that no query costs more than its answer would. Pure.
 */
import type { Opcode, Rcode } from '../../shared/dns/codes.ts'
import { decodeHeader, decodeMessage, HEADER_BYTES, type Header } from '../../shared/dns/decode.ts'
import { EMPTY_MESSAGE, FormatError, type Message, NO_FLAGS } from '../../shared/dns/message.ts'
import { MAX_LABEL_BYTES } from '../../shared/dns/name.ts'
import type { TsigKey } from '../../shared/dns/tsig/key.ts'
import type { Cookie } from './edns/cookies.ts'

/** Who asks, and by what. */
export interface Client {
  readonly transport: 'udp' | 'tcp' | 'tls' | 'https'
  /** Without brackets, and an IPv4 address never written as an IPv6 one. */
  readonly address: string
  readonly port: number
}

/** A query read once. */
export interface Query {
  readonly message: Message
  readonly bytes: Buffer
  readonly client: Client
  /** True where the client's address is surely its own: by its cookie, by its connection, or as it is this machine's. */
  readonly trusted?: boolean
  readonly cookie?: Cookie
  /** The key that it is signed with, verified. */
  readonly key?: TsigKey
  /** There with a key: how responses are signed, in their order. */
  readonly signature?: Signature
}

/** Signs the responses to one query (RFC 8945, section 5.3). */
export interface Signature {
  /** How many bytes it adds to a response. */
  readonly length: number
  sign(response: Buffer): Buffer
}

/** How many entries each section of a message may have. */
type Counts = readonly [questions: number, answers: number, authorities: number, additionals: number]

/** An OPT record, a signature, and two of what may come one day. */
const MAX_ADDITIONALS = 4
/** More than nsupdate ever sends in one message; each costs about a microsecond to read. */
const MAX_UPDATES = 1000
/** What is no update has a name, options and a signature at most: a tenth of this, padding apart (RFC 8467). */
const MAX_QUERY_BYTES = 8192

/** What a message of each opcode can hold; an opcode that is not here is not implemented. */
const MOST: Partial<Record<Opcode, Counts>> = {
  // RFC 9619: one question, or none. The authority of an IXFR is the SOA that the client has (RFC 1995, section 3).
  QUERY: [1, 0, 1, MAX_ADDITIONALS],
  // RFC 1996, section 3.7: the answer section may hold the new SOA.
  NOTIFY: [1, 1, 0, MAX_ADDITIONALS],
  // RFC 2136, section 2: the zone, prerequisites, updates.
  UPDATE: [1, MAX_UPDATES, MAX_UPDATES, MAX_ADDITIONALS],
}

/** What was read of the bytes of a query: the message, or the response without records that is due at once. */
export type Read =
  | { readonly kind: 'message'; readonly message: Message }
  | { readonly kind: 'refusal'; readonly response: Message }
  /** Nothing is due: fewer bytes than a header has, or a response. Two servers would respond to each other for ever. */
  | { readonly kind: 'silence' }

export function readQuery(bytes: Buffer): Read {
  const header = decodeHeader(bytes)
  if (!header || header.response) return { kind: 'silence' }
  const most = MOST[header.opcode]
  if (!most) return { kind: 'refusal', response: emptyResponse(header, 'NOTIMP') }
  const tooLong = header.opcode !== 'UPDATE' && bytes.length > MAX_QUERY_BYTES
  if (tooLong || most.some((count, section) => countOf(bytes, section) > count)) {
    return { kind: 'refusal', response: emptyResponse(header, 'FORMERR') }
  }
  try {
    const message = decodeMessage(bytes)
    if (message.questions.length > 0 && isCompressed(bytes)) throw new FormatError('the question is compressed')
    return { kind: 'message', message }
  } catch (error) {
    if (error instanceof FormatError) return { kind: 'refusal', response: emptyResponse(header, 'FORMERR') }
    throw error
  }
}

/** True where the question's name has a pointer in it: there is no earlier name that it could point to. */
function isCompressed(bytes: Buffer): boolean {
  let at = HEADER_BYTES
  for (let length = bytes.readUInt8(at); length > 0 && length <= MAX_LABEL_BYTES; length = bytes.readUInt8(at))
    at += 1 + length
  return bytes[at] !== 0
}

/** The four counts are the last eight bytes of the header. */
function countOf(bytes: Buffer, section: number): number {
  return bytes.readUInt16BE(HEADER_BYTES - 8 + 2 * section)
}

/** A response to the query that has no records yet: its id, opcode and question come back, and RD as it came. */
export function responseTo(query: Message, rcode: Rcode = 'NOERROR'): Message {
  return { ...emptyResponse(query, rcode), questions: query.questions }
}

/** A response that has not even the question. */
export function emptyResponse({ id, opcode, flags: { rd } }: Header, rcode: Rcode): Message {
  return {
    ...EMPTY_MESSAGE,
    id,
    response: true,
    opcode,
    rcode,
    flags: { ...NO_FLAGS, rd },
  }
}
