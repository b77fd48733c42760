/** What changed in a zone, version by version: incremental transfers are made from it (RFC 1995, section 4). Pure. */
import type { DnsRecord } from '../../../shared/dns/message.ts'
import { printRdata } from '../../../shared/dns/print.ts'
import { type Node, type RecordSet, recordSet } from '../zone/node.ts'
import type { Zone } from '../zone/zone.ts'

/** One change: from one version of a zone to the next. */
export interface ZoneChange {
  /** The zone's name, folded. */
  readonly origin: string
  /** The zone from now on; undefined where it is served no more. */
  readonly zone: Zone | undefined
  /** The zone until now; undefined where it is new. */
  readonly previous: Zone | undefined
  /** Without the SOA, which `previous` has. Undefined where it is too much to tell: the zone has to be taken whole. */
  readonly removed: readonly DnsRecord[] | undefined
  /** Without the SOA, which `zone` has. */
  readonly added: readonly DnsRecord[] | undefined
}

/** A secondary further behind takes the zone whole. */
const MAX_VERSIONS = 100
/** What all changes of one zone keep in memory together; one with more is not told. */
export const MAX_CHANGED_RECORDS = 10_000

export class ZoneHistory {
  #changes: ZoneChange[] = []

  get changes(): readonly ZoneChange[] {
    return this.#changes
  }

  /** A change that is not told record by record ends what can be told of those before it. */
  add(change: ZoneChange): void {
    if (!change.removed || !change.added) {
      this.#changes = []
      return
    }
    const kept = [...this.#changes, change].slice(-MAX_VERSIONS)
    let room = MAX_CHANGED_RECORDS
    const from = kept.findLastIndex(one => {
      room -= sizeOf(one)
      return room < 0
    })
    this.#changes = kept.slice(from + 1)
  }
}

function sizeOf({ removed = [], added = [] }: ZoneChange): number {
  return removed.length + added.length
}

/** The records that are at a name in one version and not in another, TTLs told apart; without the SOA. */
export function recordsMissingIn(node: Node, other: Node): DnsRecord[] {
  if (node === other) return []
  return node.flatMap(set => {
    const same = recordSet(other, set[0].type)
    return set === same || set[0].type === 'SOA' ? [] : missingInSet(set, same)
  })
}

function missingInSet(set: RecordSet, other: RecordSet | undefined): readonly DnsRecord[] {
  if (!other) return set
  if (set.length === 1 && other.length === 1) return isAlike(set[0], other[0]) ? [] : set
  const known = new Set(other.map(exactly))
  return set.filter(record => !known.has(exactly(record)))
}

/** Most sets are of one record with one text, and a large file has many of them. */
function isAlike(one: DnsRecord, other: DnsRecord): boolean {
  return one.ttl === other.ttl && (one.data === other.data || exactly(one) === exactly(other))
}

function exactly(record: DnsRecord): string {
  return `${record.ttl} ${printRdata(record)}`
}
