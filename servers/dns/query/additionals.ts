/** The additional section: the addresses of the hosts that other records of an answer name. Pure. */
import type { DnsRecord, RecordOf } from '../../../shared/dns/message.ts'
import { fold, isAtOrBelow, ROOT } from '../../../shared/dns/name.ts'
import { type RecordSet, recordSet } from '../zone/node.ts'
import type { Zone } from '../zone/zone.ts'
import { lookUp } from './lookup.ts'

const NO_RECORDS: readonly DnsRecord[] = []

/** The NS records of a zone's own name, and the addresses of the hosts they name. */
interface NameServers {
  readonly records: readonly DnsRecord[]
  readonly additionals: readonly DnsRecord[]
}

/** They go with most answers, and a version of a zone never changes, so they are found once for each. */
const known = new WeakMap<Zone, NameServers>()

/** A zone's own name servers, none where it says nothing of them. */
export function nameServersOf(zone: Zone): NameServers {
  const before = known.get(zone)
  if (before) return before
  const records = recordSet(zone.node(zone.origin) ?? [], 'NS') ?? NO_RECORDS
  const found = { records, additionals: addressesFor(zone, records) }
  known.set(zone, found)
  return found
}

/**
 * What answers and authorities want beside them (RFC 1035, section 3.3.9; RFC 2782): addresses, where the zone knows them,
 * glue included; of service bindings those that stand behind an alias, too (RFC 9460, section 4.1).
 */
export function additionalsFor(
  zone: Zone,
  answers: readonly DnsRecord[],
  authorities: readonly DnsRecord[],
): readonly DnsRecord[] {
  const { records, additionals } = nameServersOf(zone)
  if (authorities !== records || answers.some(namesHost)) return addressesFor(zone, [...answers, ...authorities])
  const told = answers.filter(isAddress).map(({ name }) => fold(name))
  return additionals.filter(({ name }) => !told.includes(fold(name)))
}

/** How many service bindings in a row are followed for their addresses. */
const MAX_SERVICE_ALIASES = 8

/** The addresses for these records, in the order in which they name hosts. */
function addressesFor(zone: Zone, records: readonly DnsRecord[]): readonly DnsRecord[] {
  if (!records.some(namesHost)) return NO_RECORDS
  const told = new Set(records.filter(isAddress).map(record => fold(record.name)))
  const owners = new Set(records.map(({ name }) => fold(name)))
  const additionals: DnsRecord[] = []
  let naming = records
  for (let step = 0; step < MAX_SERVICE_ALIASES && naming.length > 0; step++) {
    const services: DnsRecord[] = []
    for (const record of naming) {
      const target = targetOf(record)
      if (target === undefined || told.has(target)) continue
      told.add(target)
      for (const set of nodeFor(zone, target)) {
        if (isAddress(set[0])) additionals.push(...set)
        else if (isService(record) && set[0].type === record.type && !owners.has(target)) services.push(...set)
      }
    }
    additionals.push(...services)
    naming = services
  }
  return additionals
}

/** What a name has that others point to, glue included; what a wildcard has stands under that name (RFC 4592, section 3.3). */
function nodeFor(zone: Zone, target: string): readonly RecordSet[] {
  const node = zone.node(target)
  if (node || !isAtOrBelow(target, zone.origin)) return node ?? []
  const place = lookUp(zone, target, 'A')
  if (place.kind !== 'node') return []
  return place.node.map(
    ([first, ...more]): RecordSet => [{ ...first, name: target }, ...more.map(record => ({ ...record, name: target }))],
  )
}

type ServiceRecord = RecordOf<'SVCB'> | RecordOf<'HTTPS'>

function isService(record: DnsRecord): record is ServiceRecord {
  return record.type === 'SVCB' || record.type === 'HTTPS'
}

function namesHost(record: DnsRecord): boolean {
  return targetOf(record) !== undefined
}

function targetOf(record: DnsRecord): string | undefined {
  if (record.type === 'NS') return fold(record.data)
  if (record.type === 'MX') return fold(record.data.exchange)
  if (record.type === 'SRV') return fold(record.data.target)
  return isService(record) ? serviceTarget(record) : undefined
}

/** The root is the owner itself, and as an alias "there is no such service" (RFC 9460, section 2.5). */
function serviceTarget({ name, data }: ServiceRecord): string | undefined {
  if (data.target !== ROOT) return fold(data.target)
  return data.priority === 0 ? undefined : fold(name)
}

function isAddress({ type }: DnsRecord): boolean {
  return type === 'A' || type === 'AAAA'
}
