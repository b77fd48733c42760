/**
 * Encodes a query, and decides whether a message is the response to it (RFC 5452, section 9.1). Pure: the caller passes
 * random bytes and the time.
 */
import { decodeMessage } from '../../decode.ts'
import { type Edns, EMPTY_MESSAGE, type Message, NO_FLAGS, type Question } from '../../message.ts'
import type { TsigKey } from '../../tsig/key.ts'
import { encodeQuery } from '../../tsig/query.ts'
import { CASE_BYTES, namesEqual, randomizeCase, restoreCase } from './case-randomization.ts'
import { CLIENT_COOKIE_BYTES, cookieOf } from './cookies.ts'

export interface QueryOptions {
  /** RD: whether the server should recurse (default: true). */
  readonly recurse?: boolean | undefined
  /** CD: whether the server should skip DNSSEC validation (RFC 4035, section 3.2.2; default: false). */
  readonly checkingDisabled?: boolean | undefined
  /** Changes to the default OPT record (RFC 6891); false omits the record. */
  readonly edns?: Partial<Edns> | false | undefined
  /** Whether to send the name in random case, which the response must repeat (0x20; default: false). */
  readonly randomizeCase?: boolean | undefined
  /** Key that signs the query and verifies the response (RFC 8945). */
  readonly key?: TsigKey | undefined
}

/** The advertised UDP payload size: it fits into one packet on common networks (RFC 9715). */
export const UDP_PAYLOAD_BYTES = 1232
/** Two bytes for the id, the others for the case of the name. */
export const RANDOM_BYTES = 2 + CASE_BYTES

const PLAIN_EDNS: Edns = { version: 0, udpPayloadSize: UDP_PAYLOAD_BYTES, dnssecOk: false, options: [] }

/** A response that matches the query. */
export interface DecodedResponse {
  /** With names in the case of the question. */
  readonly message: Message
  /** False if the response does not repeat the random case: the server changes case, or the response is forged. */
  readonly caseMatches: boolean
}

export interface PreparedQuery {
  readonly id: number
  readonly bytes: Buffer
  /**
   * Decodes a message; returns undefined if it is not the response to this query.
   *
   * @param now seconds since 1970, to verify the signature
   * @throws FormatError if the message is malformed
   * @throws TsigError if the query was signed, and the signature of the response is missing or invalid
   */
  decodeResponse(bytes: Buffer, now: number): DecodedResponse | undefined
}

/**
 * @param random `RANDOM_BYTES` unpredictable bytes
 * @param now seconds since 1970, for the signature
 */
export function prepareQuery(question: Question, options: QueryOptions, random: Buffer, now: number): PreparedQuery {
  const id = random.readUInt16BE(0)
  const { randomizeCase: randomized = false, key } = options
  const sent = randomized ? { ...question, name: randomizeCase(question.name, random.subarray(2)) } : question
  const query = buildQuery(id, sent, options)
  const { bytes, createVerifier } = encodeQuery(query, key, now)
  return {
    id,
    bytes,
    decodeResponse(received, at) {
      const message = decodeMessage(createVerifier()?.verify(received, at) ?? received)
      if (!isResponseTo(message, query) || !hasClientCookie(message, query)) return undefined
      if (!randomized) return { message, caseMatches: true }
      // An error response may omit the question.
      const caseMatches = (message.questions[0] ?? sent).name === sent.name
      return { message: restoreCase(message, sent.name, question.name), caseMatches }
    },
  }
}

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

/** Returns true if the id, opcode and question of the response match the query (RFC 5452, section 9.1). */
export function isResponseTo(message: Message, query: Message): boolean {
  if (!message.response || message.id !== query.id || message.opcode !== query.opcode) return false
  const [question, ...more] = message.questions
  const [sent] = query.questions
  // An error response may omit the question.
  if (!question || !sent) return message.rcode !== 'NOERROR' && message.rcode !== 'NXDOMAIN'
  const same = question.type === sent.type && question.class === sent.class && namesEqual(question.name, sent.name)
  return same && more.length === 0
}

/** RFC 7873, section 5.3: the client ignores a response with a client cookie that it did not send. */
function hasClientCookie(message: Message, query: Message): boolean {
  const [received, sent] = [cookieOf(message), cookieOf(query)]
  return !received || !sent || sent.subarray(0, CLIENT_COOKIE_BYTES).equals(received.subarray(0, CLIENT_COOKIE_BYTES))
}
