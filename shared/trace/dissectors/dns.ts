/**
 * DNS has one message a datagram, and on a stream each is preceded by its length. An exchange has the message's id, which
 * its response repeats.
 */
import { decodeMessage } from '../../dns/decode.ts'
import { FrameReader } from '../../dns/frames.ts'
import type { DnsRecord, Message, Question } from '../../dns/message.ts'
import { printRdata } from '../../dns/print.ts'
import { type Direction, type Dissected, type Dissector, MAX_EVENT_BYTES, singleLine } from '../dissector.ts'

/** How many records a summary names. */
const MAX_RECORDS = 3

/** Tells one datagram: made anew for each. */
export function dnsDatagramDissector(): Dissector {
  return { push: (direction, bytes) => [dissect(direction, bytes)], end: () => [] }
}

/** How many messages that are none are told of one stream; with more its lengths cannot be trusted, nor is it DNS. */
const MAX_STRANGE = 16

/** Tells the messages of a TCP connection. */
export function dnsStreamDissector(): Dissector {
  const lost = new Set<Direction>()
  let strange = 0
  const frames: Record<Direction, FrameReader> = { request: new FrameReader(), response: new FrameReader() }
  return {
    push(direction, bytes) {
      if (lost.has(direction)) return []
      const found: Dissected[] = []
      for (const message of frames[direction].push(bytes)) {
        found.push(dissect(direction, message))
        if (found.at(-1)?.kind !== 'error' || ++strange <= MAX_STRANGE) continue
        lost.add(direction)
        break
      }
      return found
    },
    end(direction) {
      const { pending } = frames[direction]
      if (pending === 0 || lost.has(direction)) return []
      return [{ kind: 'error', summary: `the ${direction} ended in the middle of a message, ${pending} bytes into it` }]
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
  const asked = [opcode.toLowerCase(), ...questions.map(({ name, type }) => `${type} ${name}`)].join(' ')
  return update ? `${asked}, ${update.prerequisites.length} prerequisites, ${update.updates.length} updates` : asked
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
  const asked = questions.map(({ name, type }) => `${name} ${type}`).join(' ')
  // Only a query asks for data; what was told or changed has its opcode named.
  if (message.opcode !== 'QUERY') return `${message.opcode.toLowerCase()} ${asked}`
  if (message.rcode !== 'NOERROR' || message.flags.tc) return asked
  const referral = authorities.filter(record => record.type === 'NS')
  return referral.length > 0 && !message.flags.aa ? `referral ${describeRecords(referral)}` : `${asked} no data`
}
