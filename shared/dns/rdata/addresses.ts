/** Addresses. dns-packet reads and writes their bytes; as text they are checked here, since it takes anything. */
import { packetCodec } from './dns-packet.ts'
import type { Field } from './field.ts'
import { excerpt, Problem } from './words.ts'

const packetAaaa = packetCodec<string>('AAAA')

const IPV4_BYTES = 4

/** By far the most common data of all, so it does not take the way through dns-packet. */
export const ipv4: Field<string> = {
  read: reader => reader.take(IPV4_BYTES).join('.'),
  write(writer, address) {
    const numbers = address.split('.')
    if (numbers.length !== IPV4_BYTES) throw new RangeError(`${JSON.stringify(address)} is not an IPv4 address`)
    for (const number of numbers) writer.u8(Number(number))
  },
  parse: words => parseIpv4(words.text('IPv4 address')),
  print: address => address,
}

export const ipv6: Field<string> = {
  read: (reader, end) => shortIpv6(packetAaaa.read(reader, end)),
  write: packetAaaa.write,
  parse: words => parseIpv6(words.text('IPv6 address')),
  print: address => address,
}

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/

export function parseIpv4(text: string): string {
  if (!IPV4.test(text)) throw new Problem(`${excerpt(text)} is not an IPv4 address`)
  return text
}

export function parseIpv6(text: string): string {
  if (!/^[\da-f:.]+$/i.test(text) || !URL.canParse(`http://[${text}]/`)) {
    throw new Problem(`${excerpt(text)} is not an IPv6 address`)
  }
  return shortIpv6(text)
}

/** RFC 5952: the longest run of zeros is the one left out (dns-packet leaves out the first). */
export function shortIpv6(address: string): string {
  return new URL(`http://[${address}]/`).hostname.slice(1, -1)
}
