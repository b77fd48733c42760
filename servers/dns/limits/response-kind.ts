/**
 * Sorts responses into kinds for rate limiting, as BIND and NSD do. Responses to random names differ only in the name, so the
 * negative responses of a zone are one kind. Pure.
 */
import { HEADER_BYTES } from '../../../shared/dns/decode.ts'

const COUNTS_AT = 4
const TC = 0x02
const AA = 0x04
const NXDOMAIN = 3
const POINTER = 0xc0

/**
 * Returns the kind of a response: its result and its name.
 *
 * @param response a response of this server: its question is not compressed
 */
export function responseKind(response: Buffer): string {
  const rcode = response.readUInt8(3) & 0xf
  const [questions, answers, authorities] = [0, 2, 4].map(at => response.readUInt16BE(COUNTS_AT + at))
  if (questions !== 1 || (rcode !== 0 && rcode !== NXDOMAIN)) return 'error'
  const name = nameAt(response, HEADER_BYTES)
  // Answers with different types are different kinds: a client that looks up a host queries two or three types.
  const afterQuestion = HEADER_BYTES + name.length + 4
  if (answers) return `answer ${foldBytes(name)} ${response.readUInt16BE(afterQuestion - 4)}`
  if (!authorities) return `empty ${foldBytes(name)}`
  const owner = foldBytes(nameAt(response, afterQuestion))
  return response.readUInt8(2) & AA ? `negative ${rcode} ${owner}` : `referral ${owner}`
}

/** Returns the bytes of a name. Follows compression pointers, which point into the question in responses of this server. */
function nameAt(message: Buffer, start: number): Buffer {
  let at = start
  for (let length = message.readUInt8(at); length !== 0; length = message.readUInt8(at)) {
    if (length < POINTER) at += 1 + length
    else return Buffer.concat([message.subarray(start, at), nameAt(message, message.readUInt16BE(at) & 0x3fff)])
  }
  return message.subarray(start, at + 1)
}

function foldBytes(name: Buffer): string {
  return name.toString('latin1').toLowerCase()
}

/** An OPT record without options. */
const OPT = Buffer.from('00002904d0000000000000', 'hex')

/** Truncates the response to its question and sets TC, so that a real client uses TCP. */
export function truncateToQuestion(response: Buffer, withEdns: boolean): Buffer {
  const hasQuestion = response.readUInt16BE(COUNTS_AT) > 0
  const end = hasQuestion ? HEADER_BYTES + nameAt(response, HEADER_BYTES).length + 4 : HEADER_BYTES
  const truncated = Buffer.concat(withEdns ? [response.subarray(0, end), OPT] : [response.subarray(0, end)])
  truncated.writeUInt8(truncated.readUInt8(2) | TC, 2)
  truncated.fill(0, COUNTS_AT + 2, HEADER_BYTES)
  truncated.writeUInt16BE(withEdns ? 1 : 0, HEADER_BYTES - 2)
  return truncated
}
