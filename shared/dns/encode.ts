/** Encodes messages (RFC 1035, section 4.1): compresses names, and truncates after a whole record. */
import { classes, opcodes, rcodes, types } from './codes.ts'
import { type DnsRecord, type Edns, type Flags, isEmptyRecord, type Message, type UpdateRecord } from './message.ts'
import { rdataCodec } from './rdata.ts'
import { WireWriter } from './wire-writer.ts'

/** Bounded by the two-byte length field of TCP (RFC 1035, section 4.2.2). */
export const MAX_MESSAGE_BYTES = 0xffff
/** Offsets of the flags, the first count and ARCOUNT in the header. */
const FLAGS_AT = 2
const COUNTS_AT = 4
const ADDITIONALS_AT = 10
/** An OPT record without options. */
const OPT_BYTES = 11
const TC = 0x0200

type Section = 'answers' | 'authorities' | 'additionals'
const SECTIONS: readonly Section[] = ['answers', 'authorities', 'additionals']

/**
 * Encodes a message in at most `limit` bytes. Omits the first record that does not fit and all records after it. Sets
 * TC if a required record is omitted (RFC 2181, section 9).
 *
 * @throws RangeError if a value does not fit the wire format: a number too large, a string too long, an rcode that
 *   needs EDNS
 */
export function encodeMessage(message: Message, limit = MAX_MESSAGE_BYTES): Buffer {
  const { bytes, omitted } = encodeUpTo(message, limit)
  const truncated = omitted?.records.some(record => isRequired(record, omitted.section, message))
  if (truncated) bytes.writeUInt16BE(bytes.readUInt16BE(FLAGS_AT) | TC, FLAGS_AT)
  return bytes
}

/**
 * Encodes a message with as many of its answers as fit. Returns the others, since a zone transfer sends them in the
 * next message (RFC 5936, section 2.2).
 *
 * @throws RangeError like `encodeMessage`
 */
export function encodeAnswers(message: Message, limit: number): { bytes: Buffer; left: readonly DnsRecord[] } {
  const { bytes, omitted } = encodeUpTo(message, limit)
  return { bytes, left: omitted ? message.answers.slice(message.answers.length - omitted.records.length) : [] }
}

/** The records that did not fit of the section in which the message was truncated. */
interface Omitted {
  readonly section: Section
  readonly records: readonly UpdateRecord[]
}

function encodeUpTo(message: Message, limit: number): { bytes: Buffer; omitted: Omitted | undefined } {
  const writer = new WireWriter()
  writer.u16(message.id)
  writer.u16(headerBits(message))
  for (let count = 0; count < 4; count++) writer.u16(0)
  for (const question of message.questions) {
    writer.name(question.name, true)
    writer.u16(code(types, question.type))
    writer.u16(code(classes, question.class))
  }
  writer.patchU16(COUNTS_AT, message.questions.length)
  const { edns } = message
  const omitted = writeSections(writer, message, limit - (edns ? OPT_BYTES + optionsLength(edns) : 0))
  if (edns) writeOpt(writer, edns, message.rcode)
  const bytes = writer.written
  if (edns) bytes.writeUInt16BE(bytes.readUInt16BE(ADDITIONALS_AT) + 1, ADDITIONALS_AT)
  return { bytes, omitted }
}

/** Writes the three sections up to `limit`; undefined if all records fit. */
function writeSections(writer: WireWriter, message: Message, limit: number): Omitted | undefined {
  let countAt = COUNTS_AT
  for (const section of SECTIONS) {
    const records = sectionOf(message, section)
    const written = writeRecords(writer, records, limit)
    countAt += 2
    writer.patchU16(countAt, written)
    if (written < records.length) return { section, records: records.slice(written) }
  }
  return undefined
}

/** In an UPDATE message, prerequisites and updates replace answers and authorities (RFC 2136, section 2). */
function sectionOf(message: Message, section: Section): readonly UpdateRecord[] {
  const { update } = message
  if (update && section === 'answers') return update.prerequisites
  if (update && section === 'authorities') return update.updates
  return message[section]
}

/** Writes records until one does not fit; returns how many it wrote. */
function writeRecords(writer: WireWriter, records: readonly UpdateRecord[], limit: number): number {
  let written = 0
  for (const record of records) {
    const start = writer.length
    writeRecord(writer, record)
    if (writer.length > limit) {
      writer.truncate(start)
      break
    }
    written++
  }
  return written
}

/**
 * Beside an answer, the zone's NS records and additional addresses are optional. A referral requires its NS records and
 * their glue (RFC 9471).
 */
function isRequired(record: UpdateRecord, section: Section, message: Message): boolean {
  if (section === 'answers' || message.answers.length === 0) return section !== 'additionals' || !message.flags.aa
  return section === 'authorities' && record.type !== 'NS'
}

function writeRecord(writer: WireWriter, record: UpdateRecord): void {
  writer.name(record.name, true)
  writer.u16(code(types, record.type))
  writer.u16(code(classes, record.class))
  writer.u32(record.ttl)
  const lengthAt = writer.length
  writer.u16(0)
  if (isEmptyRecord(record)) return
  const codec = rdataCodec(record.type)
  if (codec) codec.write(writer, record.data)
  // Safe: the data of a type without a codec is opaque bytes.
  else writer.bytes(record.data as Uint8Array)
  writer.patchU16(lengthAt, writer.length - lengthAt - 2)
}

function headerBits({ response, opcode, flags, rcode, edns }: Message): number {
  const lower = code(rcodes, rcode) & 0xf
  if (!edns && lower !== code(rcodes, rcode)) throw new RangeError(`cannot encode rcode ${rcode}: it needs EDNS`)
  return (response ? 0x8000 : 0) | (code(opcodes, opcode) << 11) | flagBits(flags) | lower
}

function flagBits({ aa, tc, rd, ra, ad, cd }: Flags): number {
  const upper = (aa ? 0x0400 : 0) | (tc ? TC : 0) | (rd ? 0x0100 : 0)
  return upper | (ra ? 0x0080 : 0) | (ad ? 0x0020 : 0) | (cd ? 0x0010 : 0)
}

function optionsLength({ options }: Edns): number {
  return options.reduce((sum, { data }) => sum + 4 + data.length, 0)
}

/** RFC 6891, section 6.1.2. */
function writeOpt(writer: WireWriter, edns: Edns, rcode: Message['rcode']): void {
  const { udpPayloadSize, version, dnssecOk, options } = edns
  writer.u8(0)
  writer.u16(code(types, 'OPT'))
  writer.u16(udpPayloadSize)
  writer.u8(code(rcodes, rcode) >> 4)
  writer.u8(version)
  writer.u16(dnssecOk ? 0x8000 : 0)
  writer.u16(optionsLength(edns))
  for (const { code: option, data } of options) {
    writer.u16(option)
    writer.u16(data.length)
    writer.bytes(data)
  }
}

function code(registry: { code(name: string): number | undefined }, name: string): number {
  const found = registry.code(name)
  if (found === undefined) throw new RangeError(`cannot encode ${JSON.stringify(name)}: unknown code`)
  return found
}
