/**
 * How the data of each type is written on the wire. Names are read and written here, since dns-packet reads their bytes
 * as UTF-8, splits labels at escaped dots and checks no length on writing; the other formats are dns-packet's.
 */
import dnsPacket from 'dns-packet'
import { type DataByType, FormatError, type UnderstoodType } from './message.ts'
import type { WireReader } from './wire-reader.ts'
import type { WireWriter } from './wire-writer.ts'

export interface RdataCodec<Data> {
  /** Reads the data, which ends at `end` if it is sound; the caller checks that it did. */
  read(reader: WireReader, end: number): Data
  /** Writes the data without its length. Throws RangeError for what the format cannot hold. */
  write(writer: WireWriter, data: Data): void
}

/** dns-packet's own codec of one type: what it reads and writes begins with RDLENGTH. Its typings leave it out. */
interface PacketCodec<Data> {
  encode(data: Data): Buffer
  decode: { (bytes: Buffer, offset: number): Data; bytes: number }
}

const packetCodecs = dnsPacket as unknown as { record(type: string): PacketCodec<unknown> }

function fromDnsPacket<Data>(type: UnderstoodType): RdataCodec<Data> {
  const codec = packetCodecs.record(type) as PacketCodec<Data>
  return {
    read(reader, end) {
      // Cut to RDLENGTH and RDATA, since the library reads on past RDLENGTH into what follows.
      const field = reader.bytes.subarray(reader.offset - 2, end)
      const data = codec.decode(field, 0)
      reader.offset += codec.decode.bytes - 2
      return data
    },
    write: (writer, data) => writer.bytes(codec.encode(data).subarray(2)),
  }
}

/** The types whose names may be compressed are those of RFC 1035 (RFC 3597, section 4). */
function nameCodec(compress: boolean): RdataCodec<string> {
  return { read: reader => reader.name(), write: (writer, name) => writer.name(name, compress) }
}

const mx: RdataCodec<DataByType['MX']> = {
  read: reader => ({ preference: reader.u16(), exchange: reader.name() }),
  write(writer, { preference, exchange }) {
    writer.u16(preference)
    writer.name(exchange, true)
  },
}

const srv: RdataCodec<DataByType['SRV']> = {
  read: reader => ({ priority: reader.u16(), weight: reader.u16(), port: reader.u16(), target: reader.name() }),
  write(writer, { priority, weight, port, target }) {
    for (const number of [priority, weight, port]) writer.u16(number)
    writer.name(target, false)
  },
}

const soa: RdataCodec<DataByType['SOA']> = {
  read: reader => ({
    mname: reader.name(),
    rname: reader.name(),
    serial: reader.u32(),
    refresh: reader.u32(),
    retry: reader.u32(),
    expire: reader.u32(),
    minimum: reader.u32(),
  }),
  write(writer, { mname, rname, serial, refresh, retry, expire, minimum }) {
    writer.name(mname, true)
    writer.name(rname, true)
    for (const number of [serial, refresh, retry, expire, minimum]) writer.u32(number)
  },
}

/** A character-string's length is one byte (RFC 1035, section 3.3); the library would write it modulo 256. */
const MAX_STRING_BYTES = 255

function checkString(bytes: number): void {
  if (bytes > MAX_STRING_BYTES) throw new RangeError(`a string of ${bytes} bytes (${MAX_STRING_BYTES} at most)`)
}

const packetTxt = fromDnsPacket<Buffer[]>('TXT')
const txt: RdataCodec<DataByType['TXT']> = {
  read: packetTxt.read,
  write(writer, strings) {
    for (const string of strings) checkString(string.length)
    // A copy, since the library puts Buffers into the array it is given.
    packetTxt.write(
      writer,
      strings.map(string => Buffer.from(string)),
    )
  },
}

const packetCaa = fromDnsPacket<DataByType['CAA']>('CAA')
const caa: RdataCodec<DataByType['CAA']> = {
  read(reader, end) {
    const tagEnd = reader.offset + 2 + (reader.bytes[reader.offset + 1] ?? 0)
    // The library would take what follows the record for the rest of the tag.
    if (tagEnd > end) throw new FormatError('the tag of a CAA record ends outside its data')
    const { flags, tag, value } = packetCaa.read(reader, end)
    return { flags, tag, value }
  },
  write(writer, data) {
    checkString(Buffer.byteLength(data.tag))
    packetCaa.write(writer, { ...data })
  },
}

const packetHinfo = fromDnsPacket<DataByType['HINFO']>('HINFO')
const hinfo: RdataCodec<DataByType['HINFO']> = {
  read: packetHinfo.read,
  write(writer, data) {
    for (const string of [data.cpu, data.os]) checkString(Buffer.byteLength(string))
    packetHinfo.write(writer, data)
  },
}

const packetAaaa = fromDnsPacket<string>('AAAA')
const aaaa: RdataCodec<string> = {
  read: (reader, end) => shortIpv6(packetAaaa.read(reader, end)),
  write: packetAaaa.write,
}

/** RFC 5952: the longest run of zeros is the one left out (the library leaves out the first). */
export function shortIpv6(address: string): string {
  return new URL(`http://[${address}]/`).hostname.slice(1, -1)
}

const CODECS: { readonly [Type in UnderstoodType]: RdataCodec<DataByType[Type]> } = {
  A: fromDnsPacket<string>('A'),
  AAAA: aaaa,
  NS: nameCodec(true),
  CNAME: nameCodec(true),
  PTR: nameCodec(true),
  DNAME: nameCodec(false),
  SOA: soa,
  MX: mx,
  SRV: srv,
  TXT: txt,
  CAA: caa,
  HINFO: hinfo,
}

/** The codec of a type, or undefined where its data is carried as bytes. */
export function rdataCodec(type: string): RdataCodec<unknown> | undefined {
  // Whoever asks by a record's type gives that record's data, which the union of records holds together.
  return Object.hasOwn(CODECS, type) ? (CODECS[type as UnderstoodType] as RdataCodec<unknown>) : undefined
}

/** Reads one record's data, and sees to it that it is exactly as long as was said. */
export function readRdata(type: string, reader: WireReader, length: number): unknown {
  const end = reader.offset + length
  const codec = rdataCodec(type)
  if (!codec || end > reader.bytes.length) return reader.take(length)
  let data: unknown
  try {
    data = codec.read(reader, end)
  } catch (error) {
    throw error instanceof FormatError
      ? error
      : new FormatError(`the data of a ${type} record is broken`, undefined, error)
  }
  if (reader.offset !== end) throw new FormatError(`the data of a ${type} record does not have the length it says`)
  return data
}
