/** The TSIG record (RFC 8945, section 4.2): taken off a message's end, and put there. */
import { types } from '../codes.ts'
import { FormatError } from '../message.ts'
import { fold } from '../name.ts'
import { WireReader } from '../wire-reader.ts'
import { WireWriter } from '../wire-writer.ts'

/** What the MAC covers of the record beside the message (RFC 8945, section 4.3.3). */
export interface TsigVariables {
  /** Folded, as is `algorithm`: both are covered in their canonical form. */
  readonly keyName: string
  readonly algorithm: string
  /** Seconds since 1970. */
  readonly timeSigned: number
  /** Seconds that the two clocks may be apart. */
  readonly fudge: number
  /** The number of an rcode: 0, or 16 to 18 and 22. */
  readonly error: number
  /** The server's time with BADTIME, else empty. */
  readonly otherData: Uint8Array
}

/** All that the record says. */
export interface TsigRecord extends TsigVariables {
  readonly mac: Buffer
  /** The message's id when it was signed; a forwarder may have changed it since. */
  readonly originalId: number
}

const CLASS_ANY = 255
const QUESTION_FIXED_BYTES = 4
const COUNTS_AT = 4
const ARCOUNT_AT = 10
const TIME_BYTES = 6

/**
 * Takes the TSIG record off a message; undefined where it has none. `bytes` is the message as it was signed: without the
 * record, with its original id (RFC 8945, section 4.3.2).
 *
 * @throws FormatError for a record that is not the last one (RFC 8945, section 5.2), or is broken
 */
export function splitTsig(message: Uint8Array): { readonly bytes: Buffer; readonly tsig: TsigRecord } | undefined {
  const reader = new WireReader(message)
  const start = findTsig(reader)
  if (start === undefined) return undefined
  reader.offset = start
  const tsig = readTsig(reader)
  const bytes = Buffer.from(reader.bytes.subarray(0, start))
  bytes.writeUInt16BE(tsig.originalId, 0)
  bytes.writeUInt16BE(bytes.readUInt16BE(ARCOUNT_AT) - 1, ARCOUNT_AT)
  return { bytes, tsig }
}

/** Where the record starts. */
function findTsig(reader: WireReader): number | undefined {
  reader.offset = COUNTS_AT
  const [questions = 0, answers = 0, authorities = 0, additionals = 0] = [0, 0, 0, 0].map(() => reader.u16())
  for (let left = questions; left > 0; left--) {
    reader.name()
    reader.take(QUESTION_FIXED_BYTES)
  }
  for (let left = answers + authorities + additionals; left > 0; left--) {
    const start = reader.offset
    if (!skipRecord(reader)) continue
    if (left > 1 || additionals === 0) throw new FormatError('a TSIG record is not the last one')
    return start
  }
  return undefined
}

/** Goes past one record; true where it is a TSIG. */
function skipRecord(reader: WireReader): boolean {
  reader.name()
  const type = reader.u16()
  reader.take(6)
  reader.take(reader.u16())
  return types.name(type) === 'TSIG'
}

function readTsig(reader: WireReader): TsigRecord {
  const keyName = fold(reader.name())
  reader.u16()
  // RFC 8945, section 4.2: class ANY, TTL 0. Another one would not be covered by the MAC as it stands.
  if (reader.u16() !== CLASS_ANY || reader.u32() !== 0) throw new FormatError('a TSIG record is of class ANY and TTL 0')
  const end = reader.u16() + reader.offset
  const tsig = {
    keyName,
    algorithm: fold(reader.name()),
    timeSigned: readTime(reader.take(TIME_BYTES)),
    fudge: reader.u16(),
    mac: reader.take(reader.u16()),
    originalId: reader.u16(),
    error: reader.u16(),
    otherData: reader.take(reader.u16()),
  }
  if (reader.offset !== end) throw new FormatError('a TSIG record does not have the length it says')
  return tsig
}

/** The 48 bits of a time, as seconds since 1970. */
export function readTime(bytes: Uint8Array): number {
  return Buffer.from(bytes).readUIntBE(0, TIME_BYTES)
}

/** Seconds since 1970 in 48 bits. */
export function timeBytes(seconds: number): Buffer {
  const bytes = Buffer.alloc(TIME_BYTES)
  bytes.writeUIntBE(seconds, 0, TIME_BYTES)
  return bytes
}

/** The message with the record at its end. */
export function appendTsig(message: Uint8Array, tsig: TsigRecord): Buffer {
  const bytes = Buffer.concat([message, encodeTsig(tsig)])
  bytes.writeUInt16BE(bytes.readUInt16BE(ARCOUNT_AT) + 1, ARCOUNT_AT)
  return bytes
}

/** The message with its signature; the id that it has now is its original one. */
export function appendMac(message: Uint8Array, variables: TsigVariables, mac: Buffer): Buffer {
  const originalId = Buffer.from(message.buffer, message.byteOffset, message.byteLength).readUInt16BE()
  return appendTsig(message, { ...variables, mac, originalId })
}

function encodeTsig(tsig: TsigRecord): Buffer {
  const writer = new WireWriter()
  writer.name(tsig.keyName, false)
  writer.u16(types.code('TSIG') ?? 0)
  writer.u16(CLASS_ANY)
  writer.u32(0)
  const lengthAt = writer.length
  writer.u16(0)
  writer.name(tsig.algorithm, false)
  writer.bytes(timeBytes(tsig.timeSigned))
  writer.u16(tsig.fudge)
  writeSized(writer, tsig.mac)
  writer.u16(tsig.originalId)
  writer.u16(tsig.error)
  writeSized(writer, tsig.otherData)
  writer.patchU16(lengthAt, writer.length - lengthAt - 2)
  return writer.written
}

/** What the MAC covers of the record, in the order of RFC 8945, section 4.3.3. */
export function encodeVariables(tsig: TsigVariables): Buffer {
  const writer = new WireWriter()
  writer.name(tsig.keyName, false)
  writer.u16(CLASS_ANY)
  writer.u32(0)
  writer.name(tsig.algorithm, false)
  writer.bytes(timeBytes(tsig.timeSigned))
  writer.u16(tsig.fudge)
  writer.u16(tsig.error)
  writeSized(writer, tsig.otherData)
  return writer.written
}

function writeSized(writer: WireWriter, bytes: Uint8Array): void {
  writer.u16(bytes.length)
  writer.bytes(bytes)
}
