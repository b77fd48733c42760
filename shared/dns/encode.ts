/** From a message to the wire (RFC 1035, section 4.1), names compressed, cut at the end of a record where it is too long. */
import { classes, opcodes, rcodes, types } from './codes.ts'
import { type DnsRecord, type Edns, type Flags, isEmptyRecord, type Message, type UpdateRecord } from './message.ts'
import { rdataCodec } from './rdata.ts'
import { WireWriter } from './wire-writer.ts'

/** What TCP's two bytes of length can say, and the most that UDP can carry. */
export const MAX_MESSAGE_BYTES = 0xffff
/** Where in the header the second half of the flags and the four counts stand. */
const FLAGS_AT = 2
const COUNTS_AT = 4
const TC = 0x0200

type Section = 'answers' | 'authorities' | 'additionals'

/**
 * Writes a message in at most `limit` bytes. Records that do not fit are left out, whole, from the first one on; TC is
 * set where what is missing is needed (RFC 2181, section 9).
 *
 * @throws RangeError for what the wire cannot hold: a number too large, a string too long, an rcode that needs EDNS
 */
export function encodeMessage(message: Message, limit = MAX_MESSAGE_BYTES): Buffer {
  const { bytes, cut } = encodeWhatFits(message, limit)
  const needed = cut?.left.some(record => isNeeded(record, cut.section, message))
  if (needed) bytes.writeUInt16BE(bytes.readUInt16BE(FLAGS_AT) | TC, FLAGS_AT)
  return bytes
}

/**
 * Writes a message with as many of its answers as fit, for transfers, which say the rest in messages of their own (RFC
 * 5936, section 2.2).
 *
 * @throws RangeError as `encodeMessage`
 */
export function encodeAnswers(message: Message, limit: number): { bytes: Buffer; left: readonly DnsRecord[] } {
  const { bytes, cut } = encodeWhatFits(message, limit)
  return { bytes, left: cut ? message.answers.slice(message.answers.length - cut.left.length) : [] }
}

/** The records of the section that did not fit whole. */
interface Cut {
  readonly section: Section
  readonly left: readonly UpdateRecord[]
}

function encodeWhatFits(message: Message, limit: number): { bytes: Buffer; cut: Cut | undefined } {
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
  const opt = message.edns ? optRecord(message.edns, message.rcode) : undefined
  const cut = writeSections(writer, message, limit - (opt?.length ?? 0))
  if (opt) {
    writer.bytes(opt)
    const additionals = COUNTS_AT + 6
    writer.patchU16(additionals, writer.written.readUInt16BE(additionals) + 1)
  }
  return { bytes: writer.written, cut }
}

/** Writes the three sections as far as they fit; what is missing, if anything is. */
function writeSections(writer: WireWriter, message: Message, limit: number): Cut | undefined {
  const sections: readonly Section[] = ['answers', 'authorities', 'additionals']
  for (const [index, section] of sections.entries()) {
    const records = sectionOf(message, section)
    const left = writeRecords(writer, records, limit)
    writer.patchU16(COUNTS_AT + 2 + 2 * index, records.length - left.length)
    if (left.length > 0) return { section, left }
  }
  return undefined
}

/** What stands in the place of a section: in an UPDATE message, prerequisites and updates (RFC 2136, section 2). */
function sectionOf(message: Message, section: Section): readonly UpdateRecord[] {
  const { update } = message
  if (update && section === 'answers') return update.prerequisites
  if (update && section === 'authorities') return update.updates
  return message[section]
}

/** Writes records until one does not fit; returns those that are left. */
function writeRecords(writer: WireWriter, records: readonly UpdateRecord[], limit: number): readonly UpdateRecord[] {
  for (const [index, record] of records.entries()) {
    const start = writer.length
    writeRecord(writer, record)
    if (writer.length > limit) {
      writer.cutTo(start)
      return records.slice(index)
    }
  }
  return []
}

/**
 * The zone's own NS records beside an answer, and addresses beside one, are a service and no need; a referral is nothing
 * without its NS records and their glue (RFC 9471).
 */
function isNeeded(record: UpdateRecord, section: Section, message: Message): boolean {
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
  // A type without a codec is an opaque one, by the definition of both.
  else writer.bytes(record.data as Uint8Array)
  writer.patchU16(lengthAt, writer.length - lengthAt - 2)
}

function headerBits({ response, opcode, flags, rcode, edns }: Message): number {
  const lower = code(rcodes, rcode) & 0xf
  if (!edns && lower !== code(rcodes, rcode)) throw new RangeError(`${rcode} cannot be said without EDNS`)
  return (response ? 0x8000 : 0) | (code(opcodes, opcode) << 11) | flagBits(flags) | lower
}

function flagBits({ aa, tc, rd, ra, ad, cd }: Flags): number {
  const bit = (set: boolean, value: number) => (set ? value : 0)
  return bit(aa, 0x0400) | bit(tc, TC) | bit(rd, 0x0100) | bit(ra, 0x0080) | bit(ad, 0x0020) | bit(cd, 0x0010)
}

/** RFC 6891, section 6.1.2. */
function optRecord({ udpPayloadSize, version, dnssecOk, options }: Edns, rcode: Message['rcode']): Buffer {
  const writer = new WireWriter()
  writer.u8(0)
  writer.u16(code(types, 'OPT'))
  writer.u16(udpPayloadSize)
  writer.u8(code(rcodes, rcode) >> 4)
  writer.u8(version)
  writer.u16(dnssecOk ? 0x8000 : 0)
  writer.u16(options.reduce((sum, { data }) => sum + 4 + data.length, 0))
  for (const { code: option, data } of options) {
    writer.u16(option)
    writer.u16(data.length)
    writer.bytes(data)
  }
  return writer.written
}

function code(registry: { code(name: string): number | undefined }, name: string): number {
  const found = registry.code(name)
  if (found === undefined) throw new RangeError(`DNS has no ${JSON.stringify(name)}`)
  return found
}
