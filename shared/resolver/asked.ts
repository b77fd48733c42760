/** A query ready to be sent, and the test of what comes back (RFC 5452, section 9.1). Pure: what is random comes in. */
import { encodeMessage } from '../dns/encode.ts'
import { type Edns, type Message, NO_FLAGS, type Question } from '../dns/message.ts'
import { LETTER_BYTES, mixLetters, sameName, unmixLetters } from './letters.ts'

/** What a question is sent with. */
export interface QueryOptions {
  /** RD: whether the server is to ask others itself (default: true). */
  readonly recurse?: boolean | undefined
  /** CD: whether signatures are left unchecked (RFC 4035, section 3.2.2). */
  readonly checkingDisabled?: boolean | undefined
  /** What the OPT record says where it is not the usual (RFC 6891); false sends none. */
  readonly edns?: Partial<Edns> | false | undefined
  /** Whether the letters of the name are mixed, and must come back so (0x20; default: false). */
  readonly mixLetters?: boolean | undefined
}

/** What we say we can take by UDP: it fits into one packet on any network (RFC 9715). */
export const UDP_PAYLOAD_BYTES = 1232
/** Two bytes for the id, the rest for the letters. */
export const RANDOM_BYTES = 2 + LETTER_BYTES

const PLAIN_EDNS: Edns = { version: 0, udpPayloadSize: UDP_PAYLOAD_BYTES, dnssecOk: false, options: [] }

/** `letters` is the response to this query but for the case of its name: a server that keeps none, or a forgery. */
export type Verdict = 'fits' | 'letters' | 'other'

export interface Asked {
  readonly id: number
  readonly bytes: Buffer
  judge(message: Message): Verdict
  /** The response with its names in the letters that were asked for. */
  restore(message: Message): Message
}

/** @param random `RANDOM_BYTES` that nobody can foresee */
export function prepare(question: Question, options: QueryOptions, random: Uint8Array): Asked {
  const id = ((random[0] ?? 0) << 8) | (random[1] ?? 0)
  const name = options.mixLetters ? mixLetters(question.name, random.subarray(2)) : question.name
  const sent = { ...question, name }
  const bytes = encodeMessage(queryMessage(id, sent, options))
  return {
    id,
    bytes,
    judge: message => judge(message, id, sent, options.mixLetters === true),
    restore: message => (options.mixLetters ? unmixLetters(message, name, question.name) : message),
  }
}

/** The message of an ordinary query. */
export function queryMessage(id: number, question: Question, options: QueryOptions): Message {
  const { recurse = true, checkingDisabled = false, edns } = options
  return {
    id,
    response: false,
    opcode: 'QUERY',
    rcode: 'NOERROR',
    flags: { ...NO_FLAGS, rd: recurse, cd: checkingDisabled },
    questions: [question],
    answers: [],
    authorities: [],
    additionals: [],
    edns: edns === false ? undefined : { ...PLAIN_EDNS, ...edns },
  }
}

function judge(message: Message, id: number, asked: Question, exactly: boolean): Verdict {
  if (!message.response || message.id !== id || message.opcode !== 'QUERY') return 'other'
  const [question, ...more] = message.questions
  // A server that could not read the question repeats none.
  if (!question) return message.rcode === 'NOERROR' || message.rcode === 'NXDOMAIN' ? 'other' : 'fits'
  const same = question.type === asked.type && question.class === asked.class && sameName(question.name, asked.name)
  if (!same || more.length > 0) return 'other'
  return exactly && question.name !== asked.name ? 'letters' : 'fits'
}
