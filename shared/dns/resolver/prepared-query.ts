/** A query ready to be sent, and the test of what comes back (RFC 5452, section 9.1). Pure: what is random comes in. */
import { decodeMessage } from '../decode.ts'
import { type Edns, EMPTY_MESSAGE, type Message, NO_FLAGS, type Question } from '../message.ts'
import type { TsigKey } from '../tsig/key.ts'
import { encodeQuery } from '../tsig/query.ts'
import { CASE_BYTES, namesEqual, randomizeCase, restoreCase } from './case-randomization.ts'
import { CLIENT_COOKIE_BYTES, cookieOf } from './cookies.ts'

/** What a question is sent with. */
export interface QueryOptions {
  /** RD: whether the server is to ask others itself (default: true). */
  readonly recurse?: boolean | undefined
  /** CD: whether signatures are left unchecked (RFC 4035, section 3.2.2). */
  readonly checkingDisabled?: boolean | undefined
  /** What the OPT record says where it is not the usual (RFC 6891); false sends none. */
  readonly edns?: Partial<Edns> | false | undefined
  /** Whether the letters of the name are mixed, and must come back so (0x20; default: false). */
  readonly randomizeCase?: boolean | undefined
  /** Signs the query, and believes only what is signed with it (RFC 8945). */
  readonly key?: TsigKey | undefined
}

/** What we say we can take by UDP: it fits into one packet on any network (RFC 9715). */
export const UDP_PAYLOAD_BYTES = 1232
/** Two bytes for the id, the rest for the letters. */
export const RANDOM_BYTES = 2 + CASE_BYTES

const PLAIN_EDNS: Edns = { version: 0, udpPayloadSize: UDP_PAYLOAD_BYTES, dnssecOk: false, options: [] }

/** A response to the query. */
export interface DecodedResponse {
  /** With its names in the letters that were asked for. */
  readonly message: Message
  /** False for another case of the name than was sent: a server that keeps none, or a forgery. */
  readonly caseMatches: boolean
}

export interface PreparedQuery {
  readonly id: number
  readonly bytes: Buffer
  /**
   * Reads what came; undefined for what is no response to this query.
   *
   * @param now seconds since 1970, for signatures
   * @throws FormatError for what is no message
   * @throws TsigError for a response whose signature does not hold, where the query was signed
   */
  decodeResponse(bytes: Buffer, now: number): DecodedResponse | undefined
}

/**
 * @param random `RANDOM_BYTES` that nobody can foresee
 * @param now seconds since 1970, for the signature
 */
export function prepareQuery(question: Question, options: QueryOptions, random: Buffer, now: number): PreparedQuery {
  const id = random.readUInt16BE(0)
  const { randomizeCase: mixed = false, key } = options
  const sent = mixed ? { ...question, name: randomizeCase(question.name, random.subarray(2)) } : question
  const query = buildQuery(id, sent, options)
  const { bytes, createVerifier } = encodeQuery(query, key, now)
  return {
    id,
    bytes,
    decodeResponse(received, at) {
      const message = decodeMessage(createVerifier()?.verify(received, at) ?? received)
      if (!isResponseTo(message, query) || !isCookieOurs(message, query)) return undefined
      if (!mixed) return { message, caseMatches: true }
      // A server that could not read the question repeats none.
      const caseMatches = (message.questions[0] ?? sent).name === sent.name
      return { message: restoreCase(message, sent.name, question.name), caseMatches: caseMatches }
    },
  }
}

/** The message of an ordinary query. */
export function buildQuery(id: number, question: Question, options: QueryOptions): Message {
  const { recurse = true, checkingDisabled = false, edns } = options
  return {
    ...EMPTY_MESSAGE,
    id,
    flags: { ...NO_FLAGS, rd: recurse, cd: checkingDisabled },
    questions: [question],
    edns: edns === false ? undefined : { ...PLAIN_EDNS, ...edns },
  }
}

/** RFC 5452, section 9.1: what a response has to repeat. */
export function isResponseTo(message: Message, query: Message): boolean {
  if (!message.response || message.id !== query.id || message.opcode !== query.opcode) return false
  const [question, ...more] = message.questions
  const [asked] = query.questions
  // A server that could not read the question repeats none.
  if (!question || !asked) return message.rcode !== 'NOERROR' && message.rcode !== 'NXDOMAIN'
  const same = question.type === asked.type && question.class === asked.class && namesEqual(question.name, asked.name)
  return same && more.length === 0
}

/** RFC 7873, section 5.3: a response with somebody else's cookie is no response. */
function isCookieOurs(message: Message, query: Message): boolean {
  const [theirs, ours] = [cookieOf(message), cookieOf(query)]
  return !theirs || !ours || ours.subarray(0, CLIENT_COOKIE_BYTES).equals(theirs.subarray(0, CLIENT_COOKIE_BYTES))
}
