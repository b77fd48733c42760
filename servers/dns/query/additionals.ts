/** The additional section: addresses of the hosts that other records of a response name. Pure. */
import type { DnsRecord, RecordOf } from '../../../shared/dns/message.ts'
import { fold, isAtOrBelow, ROOT } from '../../../shared/dns/name.ts'
import { type RecordSet, recordSet } from '../zone/node.ts'
import type { Zone } from '../zone/zone.ts'
import { lookUp } from './lookup.ts'

const NO_RECORDS: readonly DnsRecord[] = []

/** The NS records at the origin of a zone, and the addresses of their hosts. */
interface NameServers {
  readonly records: readonly DnsRecord[]
  readonly additionals: readonly DnsRecord[]
}

/** Most responses have them, and a version of a zone never changes, so each version needs one search. */
const nameServersByZone = new WeakMap<Zone, NameServers>()

/** Returns the NS records at the origin of the zone; empty if it has none. */
export function nameServersOf(zone: Zone): NameServers {
  const cached = nameServersByZone.get(zone)
  if (cached) return cached
  const records = recordSet(zone.node(zone.origin) ?? [], 'NS') ?? NO_RECORDS
  const found = { records, additionals: addressesFor(zone, records) }
  nameServersByZone.set(zone, found)
  return found
}

/**
 * Returns the additional records for the other two sections (RFC 1035, section 3.3.9; RFC 2782): the addresses that the zone
 * has, glue included. An alias of a service binding also brings the bindings of its target (RFC 9460, section 4.1).
 */
export function additionalsFor(
  zone: Zone,
  answers: readonly DnsRecord[],
  authorities: readonly DnsRecord[],
): readonly DnsRecord[] {
  const { records, additionals } = nameServersOf(zone)
  if (authorities !== records || answers.some(hasTarget)) return addressesFor(zone, [...answers, ...authorities])
  const answered = answers.filter(isAddress).map(({ name }) => fold(name))
  return additionals.filter(({ name }) => !answered.includes(fold(name)))
}

/** How many service bindings in a row are followed for their addresses. */
const MAX_SERVICE_ALIASES = 8

/** Returns the addresses for these records, in the order in which they name hosts. */
function addressesFor(zone: Zone, records: readonly DnsRecord[]): readonly DnsRecord[] {
  if (!records.some(hasTarget)) return NO_RECORDS
  const included = new Set(records.filter(isAddress).map(record => fold(record.name)))
  const owners = new Set(records.map(({ name }) => fold(name)))
  const additionals: DnsRecord[] = []
  let pending = records
  for (let step = 0; step < MAX_SERVICE_ALIASES && pending.length > 0; step++) {
    const services: DnsRecord[] = []
    for (const record of pending) {
      const target = targetOf(record)
      if (target === undefined || included.has(target)) continue
      included.add(target)
      for (const set of recordsAt(zone, target)) {
        if (isAddress(set[0])) additionals.push(...set)
        else if (isService(record) && set[0].type === record.type && !owners.has(target)) services.push(...set)
      }
    }
    additionals.push(...services)
    pending = services
  }
  return additionals
}

/** Returns the record sets of a target, glue included. Records of a wildcard get the target's name (RFC 4592, section 3.3). */
function recordsAt(zone: Zone, target: string): readonly RecordSet[] {
  const node = zone.node(target)
  if (node || !isAtOrBelow(target, zone.origin)) return node ?? []
  const result = lookUp(zone, target, 'A')
  if (result.kind !== 'node') return []
  return result.node.map(
    ([first, ...more]): RecordSet => [{ ...first, name: target }, ...more.map(record => ({ ...record, name: target }))],
  )
}

type ServiceRecord = RecordOf<'SVCB'> | RecordOf<'HTTPS'>

function isService(record: DnsRecord): record is ServiceRecord {
  return record.type === 'SVCB' || record.type === 'HTTPS'
}

function hasTarget(record: DnsRecord): boolean {
  return targetOf(record) !== undefined
}

/** Returns the host that a record names. */
function targetOf(record: DnsRecord): string | undefined {
  if (record.type === 'NS') return fold(record.data)
  if (record.type === 'MX') return fold(record.data.exchange)
  if (record.type === 'SRV') return fold(record.data.target)
  return isService(record) ? serviceTarget(record) : undefined
}

/** RFC 9460, section 2.5: a target of "." is the owner itself; in an alias it means that the service does not exist. */
function serviceTarget({ name, data }: ServiceRecord): string | undefined {
  if (data.target !== ROOT) return fold(data.target)
  return data.priority === 0 ? undefined : fold(name)
}

function isAddress({ type }: DnsRecord): boolean {
  return type === 'A' || type === 'AAAA'
}
