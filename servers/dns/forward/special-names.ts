/**
 * Names that no upstream should ever be asked about, since they mean something on this machine or this network only, or
 * nothing at all: answered here, as a resolver is told to. Pure.
 */

import { loadZone } from '../master-file/load-zone.ts'
import type { Zones } from '../query/answer.ts'
import type { Zone } from '../zone/zone.ts'

/** What stands at the top of each (RFC 6303, section 3). The name server is one that leads nowhere else. */
const APEX = '@ 10800 SOA localhost. nobody.invalid. 1 3600 1200 604800 10800\n@ 10800 NS localhost.\n'

/** RFC 6761, section 6.3: every name in it is this machine. */
const LOCALHOST = '@ 10800 A 127.0.0.1\n@ 10800 AAAA ::1\n* 10800 A 127.0.0.1\n* 10800 AAAA ::1\n'

/** Top-level domains that are none: RFC 6761 (test, invalid), 6762 (local), 7686 (onion), 9476 (alt). */
const RESERVED = ['test', 'invalid', 'local', 'onion', 'alt']

/** The home network's own (RFC 8375), and what a client asks of its resolver itself (RFC 9462). */
const ARPA = ['home.arpa', 'resolver.arpa']

const count = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => `${from + index}`)

/** Addresses that mean nothing elsewhere: RFC 1918, 6598, 3927, 5737 and the rest of RFC 6303, section 4. */
const REVERSE_IPV4 = [
  ...['10', '168.192', '254.169', '0', '2.0.192', '100.51.198', '113.0.203', '255.255.255.255'],
  ...count(16, 31).map(byte => `${byte}.172`),
  ...count(64, 127).map(byte => `${byte}.100`),
].map(bytes => `${bytes}.in-addr.arpa`)

/** The unspecified address and loopback; local, link-local and documentation addresses (RFC 6303, section 4; RFC 9637). */
const REVERSE_IPV6 = [
  `${'0.'.repeat(31)}0`,
  ...['d.f', '8.e.f', '9.e.f', 'a.e.f', 'b.e.f', '8.b.d.0.1.0.0.2', '0.f.f.f.3'],
].map(nibbles => `${nibbles}.ip6.arpa`)

/** The zones of the special names. */
export function specialZones(): Zones {
  const zones = [
    zone('localhost', LOCALHOST),
    zone('127.in-addr.arpa', '1.0.0 10800 PTR localhost.\n'),
    zone(`1.${'0.'.repeat(31)}ip6.arpa`, '@ 10800 PTR localhost.\n'),
    ...[...RESERVED, ...ARPA, ...REVERSE_IPV4, ...REVERSE_IPV6].map(origin => zone(origin, '')),
  ]
  return new Map(zones.map(one => [one.origin, one]))
}

function zone(origin: string, records: string): Zone {
  return loadZone({ origin, text: APEX + records, file: `the zone ${origin}` })
}
