/**
 * Dissects DNS: one message per datagram, or messages with length fields on a stream. The message id, which the
 * response repeats, identifies the exchange.
 */
import { decodeMessage } from '../../dns/decode.ts'
import { FrameReader } from '../../dns/frames.ts'
import type { DnsRecord, Message, Question } from '../../dns/message.ts'
import { printRdata } from '../../dns/print.ts'
import { errorText } from '../../errors.ts'
import { type Direction, type Dissected, type Dissector, singleLine } from '../dissector.ts'
import { type Description, lazyMessage } from '../lazy-message.ts'
import { isPlainQuery } from './dns/plain-query.ts'

/** Records in a summary. */
const MAX_RECORDS = 3

/** Dissects one datagram. */
export function dnsDatagramDissector(): Dissector {
  return { push: (direction, bytes) => [dissectDns(direction, bytes)], end: () => [] }
}

/**
 * Malformed messages to report per stream. After more, it is probably not DNS, and its length fields are meaningless.
 */
const MAX_MALFORMED = 16

/** Dissects the messages of a TCP connection. */
export function dnsStreamDissector(): Dissector {
  const abandoned = new Set<Direction>()
  let malformed = 0
  const frames: Record<Direction, FrameReader> = { request: new FrameReader(), response: new FrameReader() }
  return {
    push(direction, bytes) {
      if (abandoned.has(direction)) return []
      const dissected: Dissected[] = []
      for (const message of frames[direction].push(bytes)) {
        dissected.push(dissectDns(direction, message))
        if (dissected.at(-1)?.kind !== 'error' || ++malformed <= MAX_MALFORMED) continue
        abandoned.add(direction)
        break
      }
      return dissected
    },
    end(direction) {
      const { pendingBytes } = frames[direction]
      if (pendingBytes === 0 || abandoned.has(direction)) return []
      return [
        { kind: 'error', summary: `the ${direction} ended in the middle of a message, ${pendingBytes} bytes into it` },
      ]
    },
  }
}

/** Dissects one message: a datagram, or a message of a stream without its length field. */
export function dissectDns(direction: Direction, bytes: Uint8Array): Dissected {
  if (isPlainQuery(bytes)) return dissectValidDns(direction, bytes)
  try {
    return toDissected(direction, bytes, { bytes, message: decodeMessage(bytes) })
  } catch (error) {
    return {
      kind: 'error',
      summary: singleLine(`not a DNS message (${direction}, ${bytes.length} bytes): ${errorText(error)}`),
    }
  }
}

/** Like `dissectDns` for a message that the caller has written or parsed: it is decoded only when a listener reads it. */
export function dissectValidDns(direction: Direction, bytes: Uint8Array): Dissected {
  return toDissected(direction, bytes, { bytes })
}

/** A message to describe; if it was not decoded, it is then. */
interface Undescribed {
  readonly bytes: Uint8Array
  readonly message?: Message
}

function toDissected(direction: Direction, bytes: Uint8Array, undescribed: Undescribed): Dissected {
  // The id is the first field of the header (RFC 1035, section 4.1.1).
  const exchange = Number(bytes[0]) * 256 + Number(bytes[1])
  return lazyMessage({ kind: 'message', direction, exchange, size: bytes.length }, undescribed, describeMessage)
}

function describeMessage({ bytes, message = decodeMessage(bytes) }: Undescribed): Description {
  return { summary: singleLine(message.response ? describeResponse(message) : describeQuery(message)), bytes }
}

/** `query A www.fourwire.test` */
function describeQuery({ opcode, questions, update }: Message): string {
  const text = [opcode.toLowerCase(), ...questions.map(({ name, type }) => `${type} ${name}`)].join(' ')
  return update ? `${text}, ${update.prerequisites.length} prerequisites, ${update.updates.length} updates` : text
}

/** `NOERROR www.fourwire.test A 127.0.0.1` */
function describeResponse(message: Message): string {
  const { rcode, flags, questions, answers, authorities } = message
  const records = answers.length > 0 ? describeRecords(answers) : describeEmpty(questions, authorities, message)
  return [rcode, flags.tc ? 'truncated' : '', records].filter(part => part !== '').join(' ')
}

function describeRecords(records: readonly DnsRecord[]): string {
  const shown = records.slice(0, MAX_RECORDS).map(record => `${record.name} ${record.type} ${printRdata(record)}`)
  const more = records.length - shown.length
  return shown.join(', ') + (more > 0 ? `, ${more} more` : '')
}

function describeEmpty(questions: readonly Question[], authorities: readonly DnsRecord[], message: Message): string {
  const question = questions.map(({ name, type }) => `${name} ${type}`).join(' ')
  // "no data" and "referral" apply to queries only.
  if (message.opcode !== 'QUERY') return `${message.opcode.toLowerCase()} ${question}`
  if (message.rcode !== 'NOERROR' || message.flags.tc) return question
  const referral = authorities.filter(record => record.type === 'NS')
  return referral.length > 0 && !message.flags.aa ? `referral ${describeRecords(referral)}` : `${question} no data`
}
