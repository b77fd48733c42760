/** What has to be so before a zone is changed (RFC 2136, section 3.2): names and sets that are there, or are not. Pure. */
import { isMetaType, type Rcode } from '../../../shared/dns/codes.ts'
import { type DnsRecord, isEmptyRecord, type UpdateRecord } from '../../../shared/dns/message.ts'
import { fold, isAtOrBelow } from '../../../shared/dns/name.ts'
import { isSameRecord, recordSet } from '../zone/node.ts'
import type { Zone } from '../zone/zone.ts'

/** NOERROR where all of it is so; else the code that says what is not. */
export function checkPrerequisites(zone: Zone, prerequisites: readonly UpdateRecord[]): Rcode {
  for (const prerequisite of prerequisites) {
    const rcode = checkOne(zone, prerequisite)
    if (rcode !== 'NOERROR') return rcode
  }
  return setsOf(prerequisites.filter(hasData)).every(set => isExactly(zone, set)) ? 'NOERROR' : 'NXRRSET'
}

type Sets = readonly (readonly [DnsRecord, ...DnsRecord[]])[]

function setsOf(records: readonly DnsRecord[]): Sets {
  const sets = new Map<string, [DnsRecord, ...DnsRecord[]]>()
  for (const record of records) {
    const key = `${fold(record.name)} ${record.type}`
    const set = sets.get(key)
    if (set) set.push(record)
    else sets.set(key, [record])
  }
  return [...sets.values()]
}

function checkOne(zone: Zone, prerequisite: UpdateRecord): Rcode {
  const { name, type, ttl } = prerequisite
  if (ttl !== 0) return 'FORMERR'
  if (!isAtOrBelow(fold(name), zone.origin)) return 'NOTZONE'
  const meta = isMetaType(type)
  if (!isEmptyRecord(prerequisite)) return prerequisite.class === 'IN' && !meta ? 'NOERROR' : 'FORMERR'
  const wanted = prerequisite.class === 'ANY'
  if (type === 'ANY') return check(isInUse(zone, name), wanted, 'NXDOMAIN', 'YXDOMAIN')
  if (meta) return 'FORMERR'
  return check(recordSet(zone.node(fold(name)) ?? [], type) !== undefined, wanted, 'NXRRSET', 'YXRRSET')
}

function check(exists: boolean, wanted: boolean, missing: Rcode, present: Rcode): Rcode {
  if (exists === wanted) return 'NOERROR'
  return exists ? present : missing
}

/** A name is in use where it has records; what is only there for the names under it is not (RFC 2136, section 2.4.4). */
function isInUse(zone: Zone, name: string): boolean {
  return (zone.node(fold(name)) ?? []).length > 0
}

function hasData(record: UpdateRecord): record is DnsRecord {
  return !isEmptyRecord(record)
}

/** RFC 2136, section 2.4.2: the set is the same, whatever the order and the TTLs. */
function isExactly(zone: Zone, wanted: Sets[number]): boolean {
  const [{ name, type }] = wanted
  const set = recordSet(zone.node(fold(name)) ?? [], type) ?? []
  const isIn = (records: readonly DnsRecord[]) => (record: DnsRecord) => records.some(one => isSameRecord(one, record))
  return wanted.every(isIn(set)) && set.every(isIn(wanted))
}
