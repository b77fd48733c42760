/** A reply for a person, in dig's order of sections, and for a program. Pure. */
import { printOption } from '../../shared/dns/edns-options.ts'
import type { DnsRecord, Edns } from '../../shared/dns/message.ts'
import { flagNames, printMessage, printRdata } from '../../shared/dns/print.ts'
import type { DnsReply } from './query.ts'

/** The reply as dig would print it, with time, server and size at the end. */
export function printReply(reply: DnsReply): string {
  const { server, transport, time, size } = reply
  const about = [
    `;; Query time: ${Math.round(time)} msec`,
    `;; SERVER: ${server.host}#${server.port} (${transport.toUpperCase()})`,
    `;; MSG SIZE  rcvd: ${size}`,
  ]
  return `${printMessage(reply)}\n\n${about.join('\n')}`
}

/** The data of the answers, one a line; nothing where there are none. */
export function printShort({ answers }: DnsReply): string {
  return answers.map(printRdata).join('\n')
}

/** What several replies took together. */
export function printTotal(replies: readonly DnsReply[]): string {
  const sum = (of: (reply: DnsReply) => number) => replies.reduce((total, reply) => total + of(reply), 0)
  const [time, size] = [Math.round(sum(reply => reply.time)), sum(reply => reply.size)]
  return `;; ${replies.length} questions in ${time} msec, ${size} bytes received`
}

/** The reply as one JSON value: flags by name, the data of records as a master file writes it. */
export function replyJson(reply: DnsReply): unknown {
  const { id, opcode, rcode, questions, edns, server, transport, time, size } = reply
  return {
    id,
    opcode,
    rcode,
    flags: flagNames(reply),
    questions,
    answers: reply.answers.map(recordJson),
    authorities: reply.authorities.map(recordJson),
    additionals: reply.additionals.map(recordJson),
    edns: edns && ednsJson(edns),
    server,
    transport,
    time: Math.round(time * 1000) / 1000,
    size,
  }
}

function ednsJson({ version, udpPayloadSize, dnssecOk, options }: Edns): unknown {
  return {
    version,
    udpPayloadSize,
    dnssecOk,
    options: options.map(option => ({
      code: option.code,
      data: Buffer.from(option.data).toString('hex'),
      text: printOption(option),
    })),
  }
}

/** One record for a program: its data as a master file has it. */
export function recordJson(record: DnsRecord): unknown {
  const { name, ttl, class: recordClass, type } = record
  return { name, ttl, class: recordClass, type, data: printRdata(record) }
}
