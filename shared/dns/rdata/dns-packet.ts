/**
 * dns-packet's own codecs, for the formats that it reads and writes rightly once it is given the record's data alone.
 * Names are read and written here, since it reads their bytes as UTF-8, splits labels at escaped dots and checks no length
 * on writing; texts other than TXT too, since it loses bytes that are no UTF-8.
 */
import dnsPacket from 'dns-packet'
import type { Codec } from './codec.ts'

/** What it reads and writes begins with RDLENGTH. Its typings leave this out. */
interface PacketCodec<Data> {
  encode(data: Data): Buffer
  decode: { (bytes: Buffer, offset: number): Data; bytes: number }
}

const packetCodecs = dnsPacket as unknown as { record(type: string): PacketCodec<unknown> }

/** How a type's data is read and written. */
export function packetCodec<Data>(type: 'AAAA' | 'TXT'): Pick<Codec<Data>, 'read' | 'write'> {
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
