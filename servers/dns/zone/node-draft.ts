/** The records of one name while they are edited. Sets are opened when an edit touches them. Pure. */
import type { TypeName } from '../../../shared/dns/codes.ts'
import type { DnsRecord } from '../../../shared/dns/message.ts'
import { absolute } from '../../../shared/dns/name.ts'
import { EditError, type InvalidEdits } from './edit.ts'
import { dataKey, findTypeConflict, type Node, type RecordSet, SINGLETON_TYPES } from './node.ts'

/** What the apex cannot be without (RFC 1034, section 4.2.1). */
const NEEDED: ReadonlySet<TypeName> = new Set<TypeName>(['SOA', 'NS'])

/** A set that is edited: its records by what tells them apart, and the TTL of them all (RFC 2181, section 5.2). */
interface OpenSet {
  ttl: number
  readonly records: Map<string, DnsRecord>
}

export class NodeDraft {
  readonly #name: string
  readonly #origin: string
  readonly #sets: Map<TypeName, RecordSet | OpenSet>

  constructor(node: Node, name: string, origin: string) {
    this.#name = name
    this.#origin = origin
    this.#sets = new Map(node.map(set => [set[0].type, set]))
  }

  /** The node as it is now; a set that was not touched is the one that was given. */
  result(): Node {
    return Array.from(this.#sets.values(), set => (isWhole(set) ? set : closed(set)))
  }

  /** @throws EditError where the records cannot stand with the others, or with one another */
  set(records: RecordSet): void {
    const { type, ttl } = records[0]
    const opened = { ttl, records: new Map(records.map(record => [dataKey(record), record])) }
    this.#check(type)
    if (SINGLETON_TYPES.has(type) && opened.records.size > 1) {
      throw new EditError('breaks-zone', `${absolute(this.#name)} can have one ${type} record only`)
    }
    this.#sets.set(type, opened)
  }

  /** @throws EditError where the record cannot stand with the others */
  add(record: DnsRecord): void {
    const { type, ttl } = record
    const set = this.#sets.get(type)
    if (!set || SINGLETON_TYPES.has(type)) {
      this.set([record])
    } else {
      const opened = this.#open(type, set)
      opened.ttl = ttl
      opened.records.set(dataKey(record), record)
    }
  }

  /** @throws EditError where the zone needs the record */
  removeRecord(record: DnsRecord): void {
    const { type } = record
    const set = this.#sets.get(type)
    const key = dataKey(record)
    if (!set || !(isWhole(set) ? set.some(one => dataKey(one) === key) : set.records.has(key))) return
    const { records } = this.#open(type, set)
    if (records.size === 1) this.remove(type)
    else records.delete(key)
  }

  /** @throws EditError where the zone needs the set */
  remove(type: TypeName): void {
    if (this.#needs(type)) {
      const zone = `the zone ${absolute(this.#origin)}`
      throw new EditError('breaks-zone', `${zone} needs its ${type} record: it can be replaced, not removed`)
    }
    this.#sets.delete(type)
  }

  /** @throws EditError at the apex, unless what the zone needs may be left there (RFC 2136, section 3.4.2.3) */
  removeAll(breaking: InvalidEdits): void {
    for (const type of [...this.#sets.keys()]) {
      if (breaking === 'refuse' || !this.#needs(type)) this.remove(type)
    }
  }

  #needs(type: TypeName): boolean {
    return this.#name === this.#origin && NEEDED.has(type) && this.#sets.has(type)
  }

  #check(type: TypeName): void {
    const conflict = findTypeConflict(this.#name, type, this.#sets.keys(), this.#name === this.#origin)
    if (conflict) throw new EditError('breaks-zone', conflict)
  }

  #open(type: TypeName, set: RecordSet | OpenSet): OpenSet {
    if (!isWhole(set)) return set
    const opened = { ttl: set[0].ttl, records: new Map(set.map(record => [dataKey(record), record])) }
    this.#sets.set(type, opened)
    return opened
  }
}

function closed({ ttl, records }: OpenSet): RecordSet {
  const all = Array.from(records.values(), one => (one.ttl === ttl ? one : { ...one, ttl }))
  // With its last record a set is removed, so none is empty; a map cannot say so.
  return all as [DnsRecord, ...DnsRecord[]]
}

function isWhole(set: RecordSet | OpenSet): set is RecordSet {
  return Array.isArray(set)
}
