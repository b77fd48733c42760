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
/** The least that a question takes: the root's name, a type, a class. */
const MIN_QUESTION_BYTES = 5
/** The least that a record takes: the root's name, type, class, TTL, RDLENGTH. */
const MIN_RECORD_BYTES = 11
/** RFC 2181, section 8: a TTL with the highest bit set is to be taken as zero. */
const MAX_TTL = 0x7fffffff
const CLASS_NONE = 254
const CLASS_ANY = 255

export type Header = Pick<Message, 'id' | 'response' | 'opcode' | 'flags'>

/** What is known before the records are read. */
interface Begun extends Header {
  /** Its lower four bits; the OPT record may hold eight more. */
  readonly rcode: number
  readonly counts: readonly [questions: number, answers: number, authorities: number, additionals: number]
}

/** Reads the header alone; undefined where there are fewer bytes than a header has. */
export function decodeHeader(bytes: Uint8Array): Header | undefined {
  if (bytes.length < HEADER_BYTES) return undefined
  const { id, response, opcode, flags } = readHeader(new WireReader(bytes))
  return { id, response, opcode, flags }
}

/**
 * Reads a whole message. Bytes after it are passed over, as other servers do.
 *
 * @throws FormatError for bytes that are no message; its `header` is there where the header could be read
 */
export function decodeMessage(bytes: Uint8Array): Message {
  if (bytes.length < HEADER_BYTES) throw new FormatError(`${bytes.length} bytes are too few for a DNS message`)
  const reader = new WireReader(bytes)
  const { rcode, counts, ...header } = readHeader(reader)
  try {
    checkCounts(counts, reader.left)
    const questions = times(counts[0], () => readQuestion(reader))
    const updating = header.opcode === 'UPDATE'
    const answers = times(counts[1], () => readRecord(reader, updating))
    const authorities = times(counts[2], () => readRecord(reader, updating))
    const additionals = times(counts[3], () => readRecord(reader))
    const { opt, rest } = splitOpt(answers, authorities, additionals)
    const rcodeWhole = (opt ? opt.ttl >>> 24 : 0) * 16 + rcode
    const sections = updating ? updateSections(answers, authorities) : recordSections(answers, authorities)
    return {
      ...header,
      rcode: rcodes.name(rcodeWhole),
      questions,
      ...sections,
      additionals: rest.map(toRecord),
      edns: opt && readEdns(opt),
    }
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    throw new FormatError(error.message, header, error.cause)
  }
}

function readHeader(reader: WireReader): Begun {
  const id = reader.u16()
  const bits = reader.u16()
  return {
    id,
    response: (bits & 0x8000) !== 0,
    opcode: opcodes.name((bits >> 11) & 0xf),
    flags: readFlags(bits),
    rcode: bits & 0xf,
    counts: [reader.u16(), reader.u16(), reader.u16(), reader.u16()],
  }
}

function readFlags(bits: number): Flags {
  const has = (bit: number) => (bits & bit) !== 0
  return { aa: has(0x0400), tc: has(0x0200), rd: has(0x0100), ra: has(0x0080), ad: has(0x0020), cd: has(0x0010) }
}

function checkCounts([questions, ...records]: Begun['counts'], left: number): void {
  const least = records.reduce((sum, count) => sum + count * MIN_RECORD_BYTES, questions * MIN_QUESTION_BYTES)
  if (least > left) throw new FormatError('the header counts more records than the message can hold')
}

function times<Item>(count: number, read: () => Item): Item[] {
  return Array.from({ length: count }, read)
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

/** Takes the OPT record out of the additional section, its only place, where there may be one (RFC 6891, section 6.1.1). */
function splitOpt(answers: RawRecord[], authorities: RawRecord[], additionals: RawRecord[]) {
  const isOpt = (record: RawRecord) => record.type === 'OPT'
  const [opt, ...more] = additionals.filter(isOpt)
  if (more.length > 0) throw new FormatError('there is more than one OPT record')
  if (answers.some(isOpt) || authorities.some(isOpt)) throw new FormatError('an OPT record is not in its place')
  return { opt, rest: additionals.filter(record => !isOpt(record)) }
}

function recordSections(answers: RawRecord[], authorities: RawRecord[]) {
  return { answers: answers.map(toRecord), authorities: authorities.map(toRecord) }
}

function updateSections(prerequisites: RawRecord[], updates: RawRecord[]) {
  const update = { prerequisites: prerequisites.map(toUpdateRecord), updates: updates.map(toUpdateRecord) }
  return { answers: [], authorities: [], update }
}

function toUpdateRecord(raw: RawRecord): UpdateRecord {
  if (raw.data !== undefined) return toRecord(raw)
  const { name, type, ttl } = raw
  return { name, type, class: raw.class === CLASS_ANY ? 'ANY' : 'NONE', ttl }
}

function toRecord({ class: code, ttl, ...record }: RawRecord): DnsRecord {
  // `readRdata` gave the data by the type, which is what the union says; the compiler cannot see that.
  return { ...record, class: classes.name(code), ttl: ttl > MAX_TTL ? 0 : ttl } as DnsRecord
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
