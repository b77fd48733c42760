/** Loads a zone that a program gives as text. Pure. */
import { runToCompletion } from '../../../shared/async/cooperative.ts'
import type { DnsRecord } from '../../../shared/dns/message.ts'
import { DEFAULT_SOA, TTL } from '../store/published-records.ts'
import type { Zone } from '../zone/zone.ts'
import type { ZoneError } from '../zone/zone-error.ts'
import { loadCheckedZone } from './check-zone.ts'
import { parseZoneName } from './zone-name.ts'

/**
 * Loads a zone from its text. The text may omit TTLs, the SOA, the name server and its address, so `''` is valid.
 *
 * @param warn receives the warnings
 * @throws ZoneError for the first error in the text or the name
 */
export function loadZoneText(origin: string, text: string, warn: (warning: ZoneError) => void): Zone {
  const file = `zone ${origin}`
  const name = parseZoneName(origin, file)
  const source = { origin: name, text, file, defaults: { ttl: TTL, apex: defaultApex(name) } }
  return runToCompletion(loadCheckedZone(source, { complete: false }, warn))
}

function defaultApex(name: string): DnsRecord[] {
  const base = { name, class: 'IN', ttl: TTL } as const
  return [
    { ...base, type: 'SOA', data: DEFAULT_SOA },
    { ...base, type: 'NS', data: DEFAULT_SOA.mname },
  ]
}
