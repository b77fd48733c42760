/** The last changes of a zone, version by version: the source of incremental transfers (RFC 1995, section 4). Pure. */
import type { DnsRecord } from '../../../shared/dns/message.ts'
import { printRdata } from '../../../shared/dns/print.ts'
import { type Node, type RecordSet, recordSet } from '../zone/node.ts'
import type { Zone } from '../zone/zone.ts'

/** The change from one version of a zone to the next. */
export interface ZoneChange {
  /** The zone's name, folded. */
  readonly origin: string
  /** The new version; undefined if the zone is no longer served. */
  readonly zone: Zone | undefined
  /** The previous version; undefined if the zone is new. */
  readonly previous: Zone | undefined
  /** Without the SOA, which `previous` has. Undefined if there are too many records: secondaries need the whole zone. */
  readonly removed: readonly DnsRecord[] | undefined
  /** Without the SOA, which `zone` has. */
  readonly added: readonly DnsRecord[] | undefined
}

/** A secondary that is more versions behind gets the whole zone. */
const MAX_VERSIONS = 100
/** Bounds the records of all changes of one zone together. A larger change is not stored. */
export const MAX_CHANGED_RECORDS = 10_000

export class ZoneHistory {
  #changes: ZoneChange[] = []

  /** Oldest first. Each change starts from the version that the previous change led to. */
  get changes(): readonly ZoneChange[] {
    return this.#changes
  }

  /** Adds a change. A change without its records leaves a gap, so earlier changes are dropped. */
  add(change: ZoneChange): void {
    if (!change.removed || !change.added) {
      this.#changes = []
      return
    }
    const changes = [...this.#changes, change].slice(-MAX_VERSIONS)
    let room = MAX_CHANGED_RECORDS
    const lastDropped = changes.findLastIndex(recent => {
      room -= countRecords(recent)
      return room < 0
    })
    this.#changes = changes.slice(lastDropped + 1)
  }
}

function countRecords({ removed = [], added = [] }: ZoneChange): number {
  return removed.length + added.length
}

/** Returns the records of a node that the other version lacks. Compares TTLs; ignores the SOA. */
export function recordsMissingIn(node: Node, other: Node): DnsRecord[] {
  if (node === other) return []
  return node.flatMap(set => {
    const counterpart = recordSet(other, set[0].type)
    return set === counterpart || set[0].type === 'SOA' ? [] : missingInSet(set, counterpart)
  })
}

function missingInSet(set: RecordSet, other: RecordSet | undefined): readonly DnsRecord[] {
  if (!other) return set
  if (set.length === 1 && other.length === 1) return isEqual(set[0], other[0]) ? [] : set
  const known = new Set(other.map(exactKey))
  return set.filter(record => !known.has(exactKey(record)))
}

/** Compares plain data first: most sets of a large zone are one record with one string. */
function isEqual(record: DnsRecord, other: DnsRecord): boolean {
  return record.ttl === other.ttl && (record.data === other.data || exactKey(record) === exactKey(other))
}

function exactKey(record: DnsRecord): string {
  return `${record.ttl} ${printRdata(record)}`
}
