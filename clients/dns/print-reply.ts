/** A reply for a person, in dig's order of sections, and for a program. Pure. */
import type { Rcode } from '../../shared/dns/codes.ts'
import type { DnsRecord } from '../../shared/dns/message.ts'
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
    edns: edns && { version: edns.version, udpPayloadSize: edns.udpPayloadSize, dnssecOk: edns.dnssecOk },
    server,
    transport,
    time,
    size,
  }
}

function recordJson(record: DnsRecord): unknown {
  const { name, ttl, class: recordClass, type } = record
  return { name, ttl, class: recordClass, type, data: printRdata(record) }
}

const EXPLANATIONS: Partial<Record<Rcode, string>> = {
  FORMERR: 'the server could not read the question',
  SERVFAIL: 'the server failed',
  NXDOMAIN: 'there is no such name',
  NOTIMP: 'the server does not do that',
  REFUSED: 'the server does not answer for that name',
  YXDOMAIN: 'the name is too long once it is redirected',
  BADVERS: 'the server does not speak that version of EDNS',
}

/** What an rcode means, in words. */
export function explainRcode(rcode: Rcode): string {
  return EXPLANATIONS[rcode] ?? 'the server refused'
}
