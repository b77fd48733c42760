/** Checks the prerequisites of an UPDATE: names and record sets that must exist, or must not (RFC 2136, section 3.2). Pure. */
import { isMetaType, type Rcode } from '../../../shared/dns/codes.ts'
import { type DnsRecord, isEmptyRecord, type UpdateRecord } from '../../../shared/dns/message.ts'
import { fold, isAtOrBelow } from '../../../shared/dns/name.ts'
import { isSameRecord, type RecordSet, recordSet } from '../zone/node.ts'
import type { Zone } from '../zone/zone.ts'

/** Returns NOERROR if all prerequisites are met, else the response code for the first that is not. */
export function checkPrerequisites(zone: Zone, prerequisites: readonly UpdateRecord[]): Rcode {
  for (const prerequisite of prerequisites) {
    const rcode = checkPrerequisite(zone, prerequisite)
    if (rcode !== 'NOERROR') return rcode
  }
  return groupIntoSets(prerequisites.filter(hasData)).every(set => isSetEqual(zone, set)) ? 'NOERROR' : 'NXRRSET'
}

function groupIntoSets(records: readonly DnsRecord[]): RecordSet[] {
  const sets = new Map<string, [DnsRecord, ...DnsRecord[]]>()
  for (const record of records) {
    const key = `${fold(record.name)} ${record.type}`
    const set = sets.get(key)
    if (set) set.push(record)
    else sets.set(key, [record])
  }
  return [...sets.values()]
}

function checkPrerequisite(zone: Zone, prerequisite: UpdateRecord): Rcode {
  const { name, type, ttl } = prerequisite
  if (ttl !== 0) return 'FORMERR'
  if (!isAtOrBelow(fold(name), zone.origin)) return 'NOTZONE'
  const meta = isMetaType(type)
  if (!isEmptyRecord(prerequisite)) return prerequisite.class === 'IN' && !meta ? 'NOERROR' : 'FORMERR'
  // Class ANY requires that the name or set exists, class NONE that it does not (RFC 2136, section 2.4).
  const mustExist = prerequisite.class === 'ANY'
  if (type === 'ANY') return checkExistence(isInUse(zone, name), mustExist, 'NXDOMAIN', 'YXDOMAIN')
  if (meta) return 'FORMERR'
  const exists = recordSet(zone.node(fold(name)) ?? [], type) !== undefined
  return checkExistence(exists, mustExist, 'NXRRSET', 'YXRRSET')
}

function checkExistence(exists: boolean, mustExist: boolean, missing: Rcode, present: Rcode): Rcode {
  if (exists === mustExist) return 'NOERROR'
  return exists ? present : missing
}

/** A name is in use if it has records. Empty non-terminals are not in use (RFC 2136, section 2.4.4). */
function isInUse(zone: Zone, name: string): boolean {
  return (zone.node(fold(name)) ?? []).length > 0
}

function hasData(record: UpdateRecord): record is DnsRecord {
  return !isEmptyRecord(record)
}

/** Returns true if the zone has exactly this set, in any order and with any TTL (RFC 2136, section 2.4.2). */
function isSetEqual(zone: Zone, expected: RecordSet): boolean {
  const [{ name, type }] = expected
  const actual = recordSet(zone.node(fold(name)) ?? [], type) ?? []
  const isIn = (set: readonly DnsRecord[]) => (record: DnsRecord) => set.some(member => isSameRecord(member, record))
  return expected.every(isIn(actual)) && actual.every(isIn(expected))
}
