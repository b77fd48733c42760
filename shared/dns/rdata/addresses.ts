/** IPv4 and IPv6 addresses. Validates their text here, since dns-packet does not. */
import { excerpt } from '../excerpt.ts'
import type { WireWriter } from '../wire-writer.ts'
import type { Codec } from './codec.ts'
import { packetCodec } from './dns-packet.ts'
import { ParseError } from './tokens.ts'

const packetAaaa = packetCodec<string>('AAAA')

const IPV4_BYTES = 4

/** By far the most common RDATA, so it bypasses dns-packet. */
export const ipv4: Codec<string> = {
  read: reader => reader.take(IPV4_BYTES).join('.'),
  write: writeIpv4,
  parse: tokens => parseIpv4(tokens.text('IPv4 address')),
  print: address => address,
}

export const ipv6: Codec<string> = {
  read: (reader, end) => shortIpv6(packetAaaa.read(reader, end)),
  write: packetAaaa.write,
  parse: tokens => parseIpv6(tokens.text('IPv6 address')),
  print: address => address,
}

const DOT = '.'.charCodeAt(0)
const ZERO = '0'.charCodeAt(0)

/** @throws RangeError if the address does not have four parts */
function writeIpv4(writer: WireWriter, address: string): void {
  let octet = 0
  let dots = 0
  for (let at = 0; at < address.length; at++) {
    const character = address.charCodeAt(at)
    if (character === DOT) {
      writer.u8(octet)
      octet = 0
      dots++
    } else octet = octet * 10 + character - ZERO
  }
  writer.u8(octet)
  if (dots !== IPV4_BYTES - 1) throw new RangeError(`${JSON.stringify(address)} is not an IPv4 address`)
}

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/

export function parseIpv4(text: string): string {
  if (!IPV4.test(text)) throw new ParseError(`${excerpt(text)} is not an IPv4 address`)
  return text
}

export function parseIpv6(text: string): string {
  if (!/^[\da-f:.]+$/i.test(text) || !URL.canParse(`http://[${text}]/`)) {
    throw new ParseError(`${excerpt(text)} is not an IPv6 address`)
  }
  return shortIpv6(text)
}

/**
 * Returns the address in the canonical form of RFC 5952: `::` replaces the longest run of zeros (dns-packet: the
 * first).
 */
export function shortIpv6(address: string): string {
  return new URL(`http://[${address}]/`).hostname.slice(1, -1)
}
