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

/** A secondary that is further behind gets the whole zone. */
const MAX_VERSIONS = 100
/** The records that the changes of one zone keep in memory together; a larger change is not kept. */
export const MAX_CHANGED_RECORDS = 10_000

export class ZoneHistory {
  #changes: ZoneChange[] = []

  /** Oldest first, each starting from the version that the one before led to. */
  get changes(): readonly ZoneChange[] {
    return this.#changes
  }

  /** Adds a change. One without its records makes all earlier changes useless. */
  add(change: ZoneChange): void {
    if (!change.removed || !change.added) {
      this.#changes = []
      return
    }
    const changes = [...this.#changes, change].slice(-MAX_VERSIONS)
    let room = MAX_CHANGED_RECORDS
    const lastDropped = changes.findLastIndex(kept => {
      room -= countRecords(kept)
      return room < 0
    })
    this.#changes = changes.slice(lastDropped + 1)
  }
}

function countRecords({ removed = [], added = [] }: ZoneChange): number {
  return removed.length + added.length
}

/** Returns the records of a node that the other version of it lacks. Different TTLs count; the SOA does not. */
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
