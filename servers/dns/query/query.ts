/** A parsed query, and the beginning of its response. Pure. */
import type { Rcode } from '../../../shared/dns/codes.ts'
import type { Header } from '../../../shared/dns/decode.ts'
import { EMPTY_MESSAGE, type Message, NO_FLAGS } from '../../../shared/dns/message.ts'
import type { TsigKey } from '../../../shared/dns/tsig/key.ts'
import type { Cookie } from '../edns/cookies.ts'

/** The client, and the transport of its query. */
export interface Client {
  readonly transport: 'udp' | 'tcp' | 'tls' | 'https'
  /** Without brackets; an IPv4-mapped IPv6 address is given as IPv4. */
  readonly address: string
  readonly port: number
}

/** Signs the responses to one query in their order (RFC 8945, section 5.3). */
export interface ResponseSigner {
  /** Bytes that a signature adds to a response. */
  readonly length: number
  sign(response: Buffer): Buffer
}

/** The authentication of a query: a cookie proves the client's address (RFC 7873), a signature its key (RFC 8945). */
export interface Auth {
  readonly cookie?: Cookie
  /** The key of a verified signature. */
  readonly key?: TsigKey
  /** Present if the query is signed. */
  readonly signer?: ResponseSigner
}

export const NO_AUTH: Auth = {}

export interface Query {
  readonly message: Message
  readonly bytes: Buffer
  readonly client: Client
  /** True if the client's address is not forged: by its cookie, over a connection, or from this machine. */
  readonly trusted: boolean
  readonly auth: Auth
}

/** A response. Writing it adds EDNS and truncates it. */
export interface Response extends Message {
  /** True if every client of the same class gets the same response to the same bytes until a zone changes. */
  readonly cacheable?: boolean
}

/** Returns a response without records: it has the id, opcode, question and RD of the query. */
export function responseTo(query: Message, rcode: Rcode = 'NOERROR'): Message {
  return { ...emptyResponse(query, rcode), questions: query.questions }
}

/** Returns a response without records and without the question. */
export function emptyResponse({ id, opcode, flags: { rd } }: Header, rcode: Rcode): Message {
  return { ...EMPTY_MESSAGE, id, response: true, opcode, rcode, flags: { ...NO_FLAGS, rd } }
}
