/**
 * Zones of special-use names (RFC 6761). The names are local to this machine or network, or do not exist, so the server answers
 * them and never forwards them. Pure.
 */
import { loadZone } from '../master-file/load-zone.ts'
import type { Zones } from '../query/answer.ts'
import type { Zone } from '../zone/zone.ts'

/** The apex records of each zone (RFC 6303, section 3). */
const APEX = '@ 10800 SOA localhost. nobody.invalid. 1 3600 1200 604800 10800\n@ 10800 NS localhost.\n'

/** RFC 6761, section 6.3: every name in it has the loopback addresses. */
const LOCALHOST = '@ 10800 A 127.0.0.1\n@ 10800 AAAA ::1\n* 10800 A 127.0.0.1\n* 10800 AAAA ::1\n'

/** Reserved top-level domains: RFC 6761 (test, invalid), 6762 (local), 7686 (onion), 9476 (alt). */
const RESERVED = ['test', 'invalid', 'local', 'onion', 'alt']

/** Names for home networks (RFC 8375) and for the resolver itself (RFC 9462). */
const ARPA = ['home.arpa', 'resolver.arpa']

const count = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => `${from + index}`)

/** Private and special-use addresses: RFC 1918, 6598, 3927, 5737 and RFC 6303, section 4. */
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

/** Returns the zones of the special names. */
export function specialZones(): Zones {
  const zones = [
    zone('localhost', LOCALHOST),
    zone('127.in-addr.arpa', '1.0.0 10800 PTR localhost.\n'),
    zone(`1.${'0.'.repeat(31)}ip6.arpa`, '@ 10800 PTR localhost.\n'),
    ...[...RESERVED, ...ARPA, ...REVERSE_IPV4, ...REVERSE_IPV6].map(origin => zone(origin, '')),
  ]
  return new Map(zones.map(zone => [zone.origin, zone]))
}

function zone(origin: string, records: string): Zone {
  return loadZone({ origin, text: APEX + records, file: `the zone ${origin}` })
}
