/** Prints records in master file format (RFC 1035, section 5) and messages as dig does. */
import { printOption } from './edns-options.ts'
import { type DnsRecord, type Edns, isEmptyRecord, type Message, type Question, type UpdateRecord } from './message.ts'
import { absolute } from './name.ts'
import { rdataCodec } from './rdata.ts'

/** Prints the RDATA of a record in presentation format; unknown types as in RFC 3597, section 5. */
export function printRdata({ type, data }: DnsRecord): string {
  const codec = rdataCodec(type)
  if (codec) return codec.print(data)
  const bytes = Buffer.from(data as Uint8Array)
  return `\\# ${bytes.length}${bytes.length > 0 ? ` ${bytes.toString('hex').toUpperCase()}` : ''}`
}

/** Prints a record on one line. */
export function printRecord(record: UpdateRecord): string {
  const head = [absolute(record.name), record.ttl, record.class, record.type]
  return (isEmptyRecord(record) ? head : [...head, printRdata(record)]).join('\t')
}

/** Prints a record on one line with its fields in dig's columns. */
export function printAlignedRecord(record: UpdateRecord): string {
  const owner = absolute(record.name)
  return printRecord(record).replace(`${owner}\t`, () => toColumn(owner, TTL_COLUMN))
}

const TTL_COLUMN = 24
const CLASS_COLUMN = 32
const TAB = 8

/** Pads the text with tabs up to the column, with at least one. */
function toColumn(text: string, column: number): string {
  return text + '\t'.repeat(Math.max(1, Math.ceil((column - text.length) / TAB)))
}

/** Prints a whole message in dig's order: header, flags, OPT, question, answer, authority, additional. */
export function printMessage(message: Message): string {
  const { answers, authorities, additionals, edns, questions, update } = message
  const parts = [
    printHeader(message),
    edns ? `;; OPT PSEUDOSECTION:\n${printEdns(edns)}` : '',
    section(update ? 'ZONE' : 'QUESTION', questions, printQuestion),
    section('PREREQUISITE', update?.prerequisites ?? [], printAlignedRecord),
    section('UPDATE', update?.updates ?? [], printAlignedRecord),
    section('ANSWER', answers, printAlignedRecord),
    section('AUTHORITY', authorities, printAlignedRecord),
    section('ADDITIONAL', additionals, printAlignedRecord),
  ]
  return parts.filter(part => part !== '').join('\n\n')
}

function printHeader(message: Message): string {
  const { opcode, rcode, id, questions, answers, authorities, additionals, edns } = message
  const counts = [
    `QUERY: ${questions.length}`,
    `ANSWER: ${answers.length}`,
    `AUTHORITY: ${authorities.length}`,
    `ADDITIONAL: ${additionals.length + (edns ? 1 : 0)}`,
  ]
  return [
    `;; ->>HEADER<<- opcode: ${opcode}, status: ${rcode}, id: ${id}`,
    `;; flags: ${flagNames(message).join(' ')}; ${counts.join(', ')}`,
  ].join('\n')
}

/** Returns the names of the flags that are set, in the order of the header's bits. */
export function flagNames({ response, flags }: Message): string[] {
  const { aa, tc, rd, ra, ad, cd } = flags
  return Object.entries({ qr: response, aa, tc, rd, ra, ad, cd })
    .filter(([, set]) => set)
    .map(([name]) => name)
}

function printEdns({ version, udpPayloadSize, dnssecOk, options }: Edns): string {
  const lines = options.map(option => `; ${printOption(option)}`)
  return [`; EDNS: version: ${version}, flags:${dnssecOk ? ' do' : ''}; udp: ${udpPayloadSize}`, ...lines].join('\n')
}

function printQuestion({ name, class: questionClass, type }: Question): string {
  return `${toColumn(`;${absolute(name)}`, CLASS_COLUMN)}${questionClass}\t${type}`
}

function section<Item>(title: string, items: readonly Item[], print: (item: Item) => string): string {
  return items.length === 0 ? '' : [`;; ${title} SECTION:`, ...items.map(print)].join('\n')
}
