/** The TSIG record at the end of a message (RFC 8945, section 4.2): encoding and decoding. */
import { types } from '../codes.ts'
import { FormatError } from '../message.ts'
import { fold } from '../name.ts'
import { WireReader } from '../wire-reader.ts'
import { WireWriter } from '../wire-writer.ts'

/** The fields of the record that the MAC covers (RFC 8945, section 4.3.3). */
export interface TsigVariables {
  /** Folded like `algorithm`: the MAC covers the canonical form of both. */
  readonly keyName: string
  readonly algorithm: string
  /** Seconds since 1970. */
  readonly timeSigned: number
  /** Allowed difference of the clocks in seconds. */
  readonly fudge: number
  /** 0, or one of `TSIG_ERROR_CODES`. */
  readonly error: number
  /** The server's time if the error is BADTIME, else empty. */
  readonly otherData: Uint8Array
}

export interface TsigRecord extends TsigVariables {
  readonly mac: Buffer
  /** The id of the message when it was signed; a forwarder may have changed it. */
  readonly originalId: number
}

const CLASS_ANY = 255
const QUESTION_FIXED_BYTES = 4
const COUNTS_AT = 4
const ARCOUNT_AT = 10
const TIME_BYTES = 6

/**
 * Separates a message from its TSIG record; undefined if it has none. `bytes` is the message that was signed: without
 * the record, with its original id (RFC 8945, section 4.3.2).
 *
 * @throws FormatError if the record is malformed, or not the last one (RFC 8945, section 5.2)
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

/** Returns the offset of the record. */
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
    if (left > 1 || additionals === 0) throw new FormatError('a TSIG record is not the last record')
    return start
  }
  return undefined
}

/** Skips one record; returns true if it is a TSIG record. */
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
  // RFC 8945, section 4.2. The MAC assumes these values, so it does not protect others.
  if (reader.u16() !== CLASS_ANY || reader.u32() !== 0) {
    throw new FormatError('the class of a TSIG record is not ANY, or its TTL is not 0')
  }
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
  if (reader.offset !== end) throw new FormatError('malformed TSIG record: its data does not end at RDLENGTH')
  return tsig
}

/** Decodes a time of 48 bits as seconds since 1970. */
export function readTime(bytes: Uint8Array): number {
  return Buffer.from(bytes).readUIntBE(0, TIME_BYTES)
}

/** Encodes seconds since 1970 in 48 bits. */
export function timeBytes(seconds: number): Buffer {
  const bytes = Buffer.alloc(TIME_BYTES)
  bytes.writeUIntBE(seconds, 0, TIME_BYTES)
  return bytes
}

/** Appends a record to a message. */
export function appendTsig(message: Uint8Array, tsig: TsigRecord): Buffer {
  const bytes = Buffer.concat([message, encodeTsig(tsig)])
  bytes.writeUInt16BE(bytes.readUInt16BE(ARCOUNT_AT) + 1, ARCOUNT_AT)
  return bytes
}

/** Appends a signature to a message, with the current id as the original one. */
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

/** Encodes the variables for the MAC, in the order of RFC 8945, section 4.3.3. */
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
