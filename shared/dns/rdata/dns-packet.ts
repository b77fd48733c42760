/**
 * Adapts the codecs of dns-packet, for types that it encodes and decodes correctly. Names have their own code, since
 * dns-packet decodes them as UTF-8, splits labels at escaped dots, and checks no length when encoding. So do
 * character-strings outside TXT, since it loses bytes that are not UTF-8.
 */
import dnsPacket from 'dns-packet'
import type { Codec } from './codec.ts'

/** Encodes and decodes RDLENGTH and RDATA. The typings of dns-packet omit it. */
interface PacketCodec<Data> {
  encode(data: Data): Buffer
  decode: { (bytes: Buffer, offset: number): Data; bytes: number }
}

const packetCodecs = dnsPacket as unknown as { record(type: string): PacketCodec<unknown> }

/** Returns the wire format of a type. */
export function packetCodec<Data>(type: 'AAAA' | 'TXT'): Pick<Codec<Data>, 'read' | 'write'> {
  const codec = packetCodecs.record(type) as PacketCodec<Data>
  return {
    read(reader, end) {
      // Only RDLENGTH and RDATA, since the library reads past the end of the RDATA.
      const slice = reader.bytes.subarray(reader.offset - 2, end)
      const data = codec.decode(slice, 0)
      reader.offset += codec.decode.bytes - 2
      return data
    },
    write: (writer, data) => writer.bytes(codec.encode(data).subarray(2)),
  }
}
