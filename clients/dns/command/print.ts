/** Prints replies, walks and transfers: as text like dig's, and as JSON. Pure. */
import { printOption } from '../../../shared/dns/edns-options.ts'
import type { DnsRecord, Edns } from '../../../shared/dns/message.ts'
import { absolute } from '../../../shared/dns/name.ts'
import { flagNames, printAlignedRecord, printMessage, printRdata } from '../../../shared/dns/print.ts'
import type { DnsReply } from '../../../shared/dns/resolver/query-server.ts'
import type { WalkStep } from '../walk.ts'

/** Prints a reply as dig does, with time, server and size at the end. */
export function printReply(reply: DnsReply): string {
  const { server, transport, time, size } = reply
  const footer = [
    `;; Query time: ${Math.round(time)} msec`,
    `;; SERVER: ${server.host}#${server.port} (${transport.toUpperCase()})`,
    `;; MSG SIZE  rcvd: ${size}`,
  ]
  return `${printMessage(reply)}\n\n${footer.join('\n')}`
}

/** Prints the data of the answers, one per line. */
export function printShort({ answers }: DnsReply): string {
  return answers.map(printRdata).join('\n')
}

/** Prints the total time and size of several replies. */
export function printTotals(replies: readonly DnsReply[]): string {
  const sum = (fieldOf: (reply: DnsReply) => number) => replies.reduce((total, reply) => total + fieldOf(reply), 0)
  const time = Math.round(sum(reply => reply.time))
  return `;; ${replies.length} queries in ${time} msec, ${sum(reply => reply.size)} bytes received`
}

/** Returns a reply as a JSON value: flags by name, the data of records in the text form of master files. */
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

function recordJson(record: DnsRecord): unknown {
  const { name, ttl, class: recordClass, type } = record
  return { name, ttl, class: recordClass, type, data: printRdata(record) }
}

/** Prints the records of a step as dig +trace does, then the ignored records, the server, and why the step failed. */
export function printWalkStep(step: WalkStep): string {
  const { reply, outcome, outOfZone, depth, queryName } = step
  const records = reply ? [...reply.answers, ...reply.authorities, ...reply.additionals] : []
  return [
    ...(depth > 0 ? [`;; Looking up the address of ${absolute(queryName)}`] : []),
    ...records.filter(record => !outOfZone.includes(record)).map(printAlignedRecord),
    ...outOfZone.map(record => `;; Ignored, outside ${absolute(step.zone ?? '.')}: ${printUnaligned(record)}`),
    reply
      ? `;; Received ${reply.size} bytes from ${printServer(step)} in ${Math.round(reply.time)} ms`
      : `;; No response from ${printServer(step)}`,
    ...(outcome.kind === 'failed' ? [`;; Failed: ${outcome.reason}`] : []),
    ...(reply && reply.rcode !== 'NOERROR' ? [`;; ${reply.rcode}`] : []),
  ].join('\n')
}

function printUnaligned(record: DnsRecord): string {
  return `${absolute(record.name)} ${record.type} ${printRdata(record)}`
}

function printServer({ server, name }: WalkStep): string {
  return `${server.host}#${server.port}${name === undefined ? '' : `(${name})`}`
}

/** Returns a step as a JSON value, with its reply as `replyJson` has it. */
export function walkStepJson({ reply, outOfZone, ...step }: WalkStep): unknown {
  return { ...step, outOfZone: outOfZone.map(recordJson), reply: reply && replyJson(reply) }
}

export type TransferFormat = 'full' | 'short' | 'json'

/** Prints the records of one message: one per line, or as the next items of a JSON array that the caller closes. */
export function printTransferRecords(records: readonly DnsRecord[], format: TransferFormat, isFirst: boolean): string {
  if (format !== 'json') {
    const print = format === 'short' ? printRdata : printAlignedRecord
    return records.map(record => `${print(record)}\n`).join('')
  }
  const items = records.map(record => `\n  ${JSON.stringify(recordJson(record))}`)
  return items.length === 0 ? '' : `${isFirst ? '[' : ','}${items.join(',')}`
}

interface TransferTotals {
  readonly records: number
  readonly messages: number
  readonly bytes: number
}

/** Prints what dig prints after a transfer. */
export function printTransferTotals(
  { records, messages, bytes }: TransferTotals,
  server: string,
  time: number,
): string {
  const size = `;; XFR size: ${records} records (messages ${messages}, bytes ${bytes})`
  return `\n;; Query time: ${Math.round(time)} msec\n;; SERVER: ${server}\n${size}\n`
}
