/**
 * What rate limiting counts as "the same answer" (as BIND and NSD have it): a flood of made-up names gets many answers
 * that differ in nothing but the name, so that these count by the zone that says no. Pure.
 */
import { HEADER_BYTES } from '../../../shared/dns/decode.ts'

const COUNTS_AT = 4
const TC = 0x02
const AA = 0x04
const NXDOMAIN = 3
const POINTER = 0xc0

/**
 * The kind of a response: what it is, and about which name.
 *
 * @param response as written by us: its question is not compressed
 */
export function responseKind(response: Buffer): string {
  const rcode = response.readUInt8(3) & 0xf
  const [questions, answers, authorities] = [0, 2, 4].map(at => response.readUInt16BE(COUNTS_AT + at))
  if (questions !== 1 || (rcode !== 0 && rcode !== NXDOMAIN)) return 'error'
  const name = nameAt(response, HEADER_BYTES)
  // Beside an answer the type counts as well: a client that looks up a host asks for two or three.
  const afterQuestion = HEADER_BYTES + name.length + 4
  if (answers) return `answer ${foldBytes(name)} ${response.readUInt16BE(afterQuestion - 4)}`
  if (!authorities) return `empty ${foldBytes(name)}`
  const owner = foldBytes(nameAt(response, afterQuestion))
  return response.readUInt8(2) & AA ? `negative ${rcode} ${owner}` : `referral ${owner}`
}

/** The bytes of a name, its end where it is compressed taken from where it points; ours points into the question. */
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

/** The OPT record of a response that says nothing by EDNS but that it speaks it. */
const OPT = Buffer.from('00002904d0000000000000', 'hex')

/** The response cut to its question, TC set: whoever really asked comes by TCP. */
export function cutToQuestion(response: Buffer, withEdns: boolean): Buffer {
  const hasQuestion = response.readUInt16BE(COUNTS_AT) > 0
  const end = hasQuestion ? HEADER_BYTES + nameAt(response, HEADER_BYTES).length + 4 : HEADER_BYTES
  const cut = Buffer.concat(withEdns ? [response.subarray(0, end), OPT] : [response.subarray(0, end)])
  cut.writeUInt8(cut.readUInt8(2) | TC, 2)
  cut.fill(0, COUNTS_AT + 2, HEADER_BYTES)
  cut.writeUInt16BE(withEdns ? 1 : 0, HEADER_BYTES - 2)
  return cut
}
