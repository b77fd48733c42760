/** Writes the messages of a zone transfer (RFC 5936, section 2.2), each with as many records as fit. Pure. */
import { encodeAnswers, MAX_MESSAGE_BYTES } from '../../../shared/dns/encode.ts'
import type { DnsRecord, Message } from '../../../shared/dns/message.ts'
import { MAX_UDP_BYTES } from '../edns/edns.ts'
import { type Query, responseTo } from '../query/query.ts'

/** The target length of a message. A compression pointer reaches no further (RFC 1035, section 4.1.4). */
const FULL_BYTES = 0x4000
/** Bounds the records to try for one message; the smallest record takes 11 bytes. */
const MAX_RECORDS = Math.ceil(FULL_BYTES / 11)

/**
 * Writes the records as responses to a query, signed if the query is.
 *
 * @throws RangeError if a record does not fit into a message
 */
export function* writeTransfer(query: Query, records: Iterable<DnsRecord>): Generator<Buffer> {
  const { signer } = query.auth
  const response = { ...responseTo(query.message), edns: ednsOf(query) }
  const head: Message = { ...response, flags: { ...response.flags, aa: true } }
  const source = records[Symbol.iterator]()
  let answers = take(source, MAX_RECORDS)
  // Only the first message must have the question (RFC 5936, section 2.2.1).
  for (let questions = head.questions; answers.length > 0; questions = []) {
    const { bytes, left } = fill({ ...head, questions, answers }, signer?.length ?? 0)
    yield signer?.sign(bytes) ?? bytes
    answers = [...left, ...take(source, MAX_RECORDS - left.length)]
  }
}

/** A record that does not fit into `FULL_BYTES` gets its own message. */
function fill(message: Message, signatureBytes: number): ReturnType<typeof encodeAnswers> {
  for (const limit of [FULL_BYTES, MAX_MESSAGE_BYTES]) {
    const filled = encodeAnswers(message, limit - signatureBytes)
    if (filled.left.length < message.answers.length) return filled
  }
  throw new RangeError(`a record of ${message.answers[0]?.name} is too long for a message`)
}

function take(source: Iterator<DnsRecord>, count: number): DnsRecord[] {
  const taken: DnsRecord[] = []
  while (taken.length < count) {
    const { value, done } = source.next()
    if (done) break
    taken.push(value)
  }
  return taken
}

function ednsOf({ message: { edns } }: Query): Message['edns'] {
  return edns && { version: 0, udpPayloadSize: MAX_UDP_BYTES, dnssecOk: edns.dnssecOk, options: [] }
}
