/** From the wire to a message (RFC 1035, section 4.1). Counts, lengths and names are checked before anything is believed. */
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
/** The byte of the header whose lower half is the rcode. */
const RCODE_AT = 3
/** The least that a question takes: the root's name, a type, a class. */
const MIN_QUESTION_BYTES = 5
/** The least that a record takes: the root's name, type, class, TTL, RDLENGTH. */
const MIN_RECORD_BYTES = 11
/** RFC 2181, section 8: a TTL with the highest bit set is to be taken as zero. */
const MAX_TTL = 0x7fffffff
const CLASS_NONE = 254
const CLASS_ANY = 255

export type Header = Pick<Message, 'id' | 'response' | 'opcode' | 'flags'>

type Counts = readonly [questions: number, answers: number, authorities: number, additionals: number]

/** Reads the header alone; undefined where there are fewer bytes than a header has. */
export function decodeHeader(bytes: Uint8Array): Header | undefined {
  return bytes.length < HEADER_BYTES ? undefined : readHeader(new WireReader(bytes))
}

/**
 * Decodes a message. Ignores bytes after it, as other servers do.
 *
 * @throws FormatError if the bytes are no message; it has the `header` if that is valid
 */
export function decodeMessage(bytes: Uint8Array): Message {
  return readMessage(new WireReader(bytes))
}

/** As `decodeMessage`, from a reader at the beginning of a message. */
export function readMessage(reader: WireReader): Message {
  if (reader.left < HEADER_BYTES) throw new FormatError(`${reader.left} bytes are too few for a DNS message`)
  const header = readHeader(reader)
  try {
    return readSections(reader, header)
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    throw new FormatError(error.message, header, error.cause)
  }
}

/** Reads the id and the flags, and leaves the reader at the counts. */
function readHeader(reader: WireReader): Header {
  const id = reader.u16()
  const bits = reader.u16()
  return { id, response: (bits & 0x8000) !== 0, opcode: opcodes.name((bits >> 11) & 0xf), flags: readFlags(bits) }
}

function readSections(reader: WireReader, { id, response, opcode, flags }: Header): Message {
  const counts: Counts = [reader.u16(), reader.u16(), reader.u16(), reader.u16()]
  checkCounts(counts, reader.left)
  const updating = opcode === 'UPDATE'
  const questions = times(counts[0], () => readQuestion(reader))
  const answers = times(counts[1], () => readRecord(reader, updating))
  const authorities = times(counts[2], () => readRecord(reader, updating))
  const additionals = times(counts[3], () => readRecord(reader))
  const opt = findOpt(answers, authorities, additionals)
  const message = {
    id,
    response,
    opcode,
    rcode: rcodes.name((opt ? opt.ttl >>> 24 : 0) * 16 + lowerRcode(reader.bytes)),
    flags,
    questions,
    answers: updating ? [] : answers.map(toRecord),
    authorities: updating ? [] : authorities.map(toRecord),
    additionals: additionals.filter(record => record !== opt).map(toRecord),
    edns: opt && readEdns(opt),
  }
  return updating ? { ...message, update: toUpdate(answers, authorities) } : message
}

/** The header has four bits of it; the OPT record may hold eight more. */
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
  const least = counts[0] * MIN_QUESTION_BYTES + records * MIN_RECORD_BYTES
  if (least > left) throw new FormatError('the header counts more records than the message can hold')
}

function times<Item>(count: number, read: () => Item): Item[] {
  const items: Item[] = []
  while (items.length < count) items.push(read())
  return items
}

function readQuestion(reader: WireReader): Question {
  return { name: reader.name(), type: types.name(reader.u16()), class: classes.name(reader.u16()) }
}

/** A record whose class and TTL are numbers still, since in an OPT record they mean something else. */
interface RawRecord {
  readonly name: string
  readonly type: TypeName
  readonly class: number
  readonly ttl: number
  readonly data: unknown
}

/** With `mayBeEmpty`, a record of class ANY or NONE may have no data, whatever its type (RFC 2136, section 2.4). */
function readRecord(reader: WireReader, mayBeEmpty = false): RawRecord {
  const name = reader.name()
  const type = types.name(reader.u16())
  const [recordClass, ttl, length] = [reader.u16(), reader.u32(), reader.u16()]
  const empty = mayBeEmpty && length === 0 && (recordClass === CLASS_ANY || recordClass === CLASS_NONE)
  return { name, type, class: recordClass, ttl, data: empty ? undefined : readRdata(type, reader, length) }
}

/** The OPT record stands in the additional section, where there may be one (RFC 6891, section 6.1.1). */
function findOpt(answers: RawRecord[], authorities: RawRecord[], additionals: RawRecord[]): RawRecord | undefined {
  const [opt, ...more] = additionals.filter(isOpt)
  if (more.length > 0) throw new FormatError('there is more than one OPT record')
  if (answers.some(isOpt) || authorities.some(isOpt)) throw new FormatError('an OPT record is not in its place')
  return opt
}

function isOpt({ type }: RawRecord): boolean {
  return type === 'OPT'
}

/** RFC 2136, section 2: in the place of the answer and the authority section. */
function toUpdate(prerequisites: RawRecord[], updates: RawRecord[]): Message['update'] {
  return { prerequisites: prerequisites.map(toUpdateRecord), updates: updates.map(toUpdateRecord) }
}

function toUpdateRecord(raw: RawRecord): UpdateRecord {
  if (raw.data !== undefined) return toRecord(raw)
  const { name, type, ttl } = raw
  return { name, type, class: raw.class === CLASS_ANY ? 'ANY' : 'NONE', ttl }
}

function toRecord({ name, type, class: code, ttl, data }: RawRecord): DnsRecord {
  // `readRdata` gave the data by the type, which is what the union says; the compiler cannot see that.
  return { name, type, class: classes.name(code), ttl: ttl > MAX_TTL ? 0 : ttl, data } as DnsRecord
}

function readEdns({ name, class: udpPayloadSize, ttl, data }: RawRecord): Edns {
  if (name !== ROOT) throw new FormatError('the OPT record is not at the root')
  const options = readOptions(data as Uint8Array)
  return { udpPayloadSize, version: (ttl >> 16) & 0xff, dnssecOk: (ttl & 0x8000) !== 0, options }
}

function readOptions(bytes: Uint8Array): EdnsOption[] {
  const reader = new WireReader(bytes)
  const options: EdnsOption[] = []
  while (reader.left > 0) options.push({ code: reader.u16(), data: reader.take(reader.u16()) })
  return options
}
