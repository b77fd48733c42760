/**
 * Dissects DNS: one message per datagram, or messages with length fields on a stream. The message id, which the
 * response repeats, identifies the exchange.
 */
import { decodeMessage } from '../../dns/decode.ts'
import { FrameReader } from '../../dns/frames.ts'
import type { DnsRecord, Message, Question } from '../../dns/message.ts'
import { printRdata } from '../../dns/print.ts'
import { type Direction, type Dissected, type Dissector, MAX_EVENT_BYTES, singleLine } from '../dissector.ts'

/** Records in a summary. */
const MAX_RECORDS = 3

/** Dissects one datagram. */
export function dnsDatagramDissector(): Dissector {
  return { push: (direction, bytes) => [dissect(direction, bytes)], end: () => [] }
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
        dissected.push(dissect(direction, message))
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

function dissect(direction: Direction, bytes: Uint8Array): Dissected {
  try {
    const message = decodeMessage(bytes)
    const summary = singleLine(message.response ? describeResponse(message) : describeQuery(message))
    const excerpt = bytes.subarray(0, MAX_EVENT_BYTES)
    return { kind: 'message', direction, exchange: message.id, summary, bytes: excerpt, size: bytes.length }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return { kind: 'error', summary: singleLine(`not a DNS message (${direction}, ${bytes.length} bytes): ${why}`) }
  }
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
