/** Decodes messages (RFC 1035, section 4.1). Validates counts, lengths and names before using them. */
import { classes, opcodes, rcodes, type TypeName, types } from './codes.ts'
import {
  type DnsRecord,
  type Edns,
  type EdnsOption,
  type Flags,
  FormatError,
  type Message,
  type Question,
  type UpdateRecord,
} from './message.ts'
import { ROOT } from './name.ts'
import { readRdata } from './rdata.ts'
import { WireReader } from './wire-reader.ts'

export const HEADER_BYTES = 12
/** Offset of the header byte whose lower half is the rcode. */
const RCODE_AT = 3
/** The root as name, a type and a class. */
const MIN_QUESTION_BYTES = 5
/** The root as name, a type, a class, a TTL and an RDLENGTH of 0. */
const MIN_RECORD_BYTES = 11
/** RFC 2181, section 8: a TTL with the most significant bit set counts as zero. */
const MAX_TTL = 0x7fffffff
const CLASS_NONE = 254
const CLASS_ANY = 255

export type Header = Pick<Message, 'id' | 'response' | 'opcode' | 'flags'>

type Counts = readonly [questions: number, answers: number, authorities: number, additionals: number]

/** Decodes the header only; undefined if there are fewer than 12 bytes. */
export function decodeHeader(bytes: Uint8Array): Header | undefined {
  return bytes.length < HEADER_BYTES ? undefined : readHeader(new WireReader(bytes))
}

/**
 * Decodes a message. Ignores bytes after it, as other servers do.
 *
 * @throws FormatError if the message is malformed, with the `header` if there are enough bytes for one
 */
export function decodeMessage(bytes: Uint8Array): Message {
  return readMessage(new WireReader(bytes))
}

/** Like `decodeMessage`, from a reader at the start of a message. */
export function readMessage(reader: WireReader): Message {
  if (reader.remaining < HEADER_BYTES) throw new FormatError(`${reader.remaining} bytes are too few for a DNS message`)
  const header = readHeader(reader)
  try {
    return readSections(reader, header)
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    throw new FormatError(error.message, header, error.cause)
  }
}

/** Reads the id and the flags; the counts follow. */
function readHeader(reader: WireReader): Header {
  const id = reader.u16()
  const bits = reader.u16()
  return { id, response: (bits & 0x8000) !== 0, opcode: opcodes.name((bits >> 11) & 0xf), flags: readFlags(bits) }
}

function readSections(reader: WireReader, { id, response, opcode, flags }: Header): Message {
  const counts: Counts = [reader.u16(), reader.u16(), reader.u16(), reader.u16()]
  checkCounts(counts, reader.remaining)
  const isUpdate = opcode === 'UPDATE'
  const questions = times(counts[0], () => readQuestion(reader))
  const answers = times(counts[1], () => readRecord(reader, isUpdate))
  const authorities = times(counts[2], () => readRecord(reader, isUpdate))
  const additionals = times(counts[3], () => readRecord(reader))
  const opt = findOpt(answers, authorities, additionals)
  const message = {
    id,
    response,
    opcode,
    rcode: rcodes.name((opt ? opt.ttl >>> 24 : 0) * 16 + lowerRcode(reader.bytes)),
    flags,
    questions,
    answers: isUpdate ? [] : answers.map(toRecord),
    authorities: isUpdate ? [] : authorities.map(toRecord),
    additionals: additionals.filter(record => record !== opt).map(toRecord),
    edns: opt && readEdns(opt),
  }
  return isUpdate ? { ...message, update: toUpdate(answers, authorities) } : message
}

/** The four bits in the header; the OPT record may extend them by eight (RFC 6891, section 6.1.3). */
function lowerRcode(bytes: Buffer): number {
  return bytes.readUInt8(RCODE_AT) & 0xf
}

function readFlags(bits: number): Flags {
  return {
    aa: (bits & 0x0400) !== 0,
    tc: (bits & 0x0200) !== 0,
    rd: (bits & 0x0100) !== 0,
    ra: (bits & 0x0080) !== 0,
    ad: (bits & 0x0020) !== 0,
    cd: (bits & 0x0010) !== 0,
  }
}

function checkCounts(counts: Counts, left: number): void {
  const records = counts[1] + counts[2] + counts[3]
  const minimum = counts[0] * MIN_QUESTION_BYTES + records * MIN_RECORD_BYTES
  if (minimum > left) throw new FormatError('the header counts more records than the message can hold')
}

function times<Item>(count: number, read: () => Item): Item[] {
  const items: Item[] = []
  while (items.length < count) items.push(read())
  return items
}

function readQuestion(reader: WireReader): Question {
  return { name: reader.name(), type: types.name(reader.u16()), class: classes.name(reader.u16()) }
}

/** A record whose class and TTL are still numbers, since an OPT record uses these fields for other values. */
interface RawRecord {
  readonly name: string
  readonly type: TypeName
  readonly class: number
  readonly ttl: number
  readonly data: unknown
}

/** With `mayBeEmpty`, a record of class ANY or NONE may have no RDATA, whatever its type (RFC 2136, section 2.4). */
function readRecord(reader: WireReader, mayBeEmpty = false): RawRecord {
  const name = reader.name()
  const type = types.name(reader.u16())
  const [recordClass, ttl, length] = [reader.u16(), reader.u32(), reader.u16()]
  const empty = mayBeEmpty && length === 0 && (recordClass === CLASS_ANY || recordClass === CLASS_NONE)
  return { name, type, class: recordClass, ttl, data: empty ? undefined : readRdata(type, reader, length) }
}

/** At most one OPT record, in the additional section (RFC 6891, section 6.1.1). */
function findOpt(answers: RawRecord[], authorities: RawRecord[], additionals: RawRecord[]): RawRecord | undefined {
  const [opt, ...more] = additionals.filter(isOpt)
  if (more.length > 0) throw new FormatError('more than one OPT record')
  if (answers.some(isOpt) || authorities.some(isOpt))
    throw new FormatError('an OPT record is outside the additional section')
  return opt
}

function isOpt({ type }: RawRecord): boolean {
  return type === 'OPT'
}

/** RFC 2136, section 2: prerequisites and updates replace the answer and authority sections. */
function toUpdate(prerequisites: RawRecord[], updates: RawRecord[]): Message['update'] {
  return { prerequisites: prerequisites.map(toUpdateRecord), updates: updates.map(toUpdateRecord) }
}

function toUpdateRecord(raw: RawRecord): UpdateRecord {
  if (raw.data !== undefined) return toRecord(raw)
  const { name, type, ttl } = raw
  return { name, type, class: raw.class === CLASS_ANY ? 'ANY' : 'NONE', ttl }
}

function toRecord({ name, type, class: code, ttl, data }: RawRecord): DnsRecord {
  // Safe: `readRdata` returns the data that belongs to the type.
  return { name, type, class: classes.name(code), ttl: ttl > MAX_TTL ? 0 : ttl, data } as DnsRecord
}

function readEdns({ name, class: udpPayloadSize, ttl, data }: RawRecord): Edns {
  if (name !== ROOT) throw new FormatError('the owner name of the OPT record is not the root')
  const options = readOptions(data as Uint8Array)
  return { udpPayloadSize, version: (ttl >> 16) & 0xff, dnssecOk: (ttl & 0x8000) !== 0, options }
}

function readOptions(bytes: Uint8Array): EdnsOption[] {
  const reader = new WireReader(bytes)
  const options: EdnsOption[] = []
  while (reader.remaining > 0) options.push({ code: reader.u16(), data: reader.take(reader.u16()) })
  return options
}
