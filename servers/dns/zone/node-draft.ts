/** The records of one name while edits apply to them. Unedited sets stay the same objects. Pure. */
import type { TypeName } from '../../../shared/dns/codes.ts'
import type { DnsRecord } from '../../../shared/dns/message.ts'
import { absolute } from '../../../shared/dns/name.ts'
import { EditError, type InvalidEdits } from './edit.ts'
import { dataKey, findTypeConflict, type Node, type RecordSet, SINGLETON_TYPES } from './node.ts'

/** The types that the apex must have (RFC 1034, section 4.2.1). */
const REQUIRED_AT_APEX: ReadonlySet<TypeName> = new Set<TypeName>(['SOA', 'NS'])

/** A set that is edited: its records by their data keys, and their common TTL (RFC 2181, section 5.2). */
interface SetDraft {
  ttl: number
  readonly records: Map<string, DnsRecord>
}

export class NodeDraft {
  readonly #name: string
  readonly #origin: string
  readonly #sets: Map<TypeName, RecordSet | SetDraft>

  constructor(node: Node, name: string, origin: string) {
    this.#name = name
    this.#origin = origin
    this.#sets = new Map(node.map(set => [set[0].type, set]))
  }

  /** Returns the edited node. */
  build(): Node {
    return Array.from(this.#sets.values(), set => (isRecordSet(set) ? set : buildSet(set)))
  }

  /** @throws EditError if the records conflict with those of other types, or with one another */
  set(records: RecordSet): void {
    const { type, ttl } = records[0]
    const draft = { ttl, records: new Map(records.map(record => [dataKey(record), record])) }
    this.#checkConflict(type)
    if (SINGLETON_TYPES.has(type) && draft.records.size > 1) {
      throw new EditError('breaks-zone', `${absolute(this.#name)} can have only one ${type} record`)
    }
    this.#sets.set(type, draft)
  }

  /** @throws EditError if the record conflicts with those of other types */
  add(record: DnsRecord): void {
    const { type, ttl } = record
    const set = this.#sets.get(type)
    if (!set || SINGLETON_TYPES.has(type)) {
      this.set([record])
    } else {
      const draft = this.#edit(type, set)
      draft.ttl = ttl
      draft.records.set(dataKey(record), record)
    }
  }

  /** @throws EditError if the zone requires the record */
  removeRecord(record: DnsRecord): void {
    const { type } = record
    const set = this.#sets.get(type)
    const key = dataKey(record)
    if (!set || !(isRecordSet(set) ? set.some(member => dataKey(member) === key) : set.records.has(key))) return
    const { records } = this.#edit(type, set)
    if (records.size === 1) this.remove(type)
    else records.delete(key)
  }

  /** @throws EditError if the zone requires the set */
  remove(type: TypeName): void {
    if (this.#isRequired(type)) {
      const zone = `the zone ${absolute(this.#origin)}`
      throw new EditError('breaks-zone', `${zone} requires its ${type} record: it can be replaced, not removed`)
    }
    this.#sets.delete(type)
  }

  /**
   * Removes all sets.
   *
   * @param invalid `skip` keeps the sets that the zone requires (RFC 2136, section 3.4.2.3)
   * @throws EditError if the zone requires a set and `invalid` is `refuse`
   */
  removeAll(invalid: InvalidEdits): void {
    for (const type of [...this.#sets.keys()]) {
      if (invalid === 'refuse' || !this.#isRequired(type)) this.remove(type)
    }
  }

  #isRequired(type: TypeName): boolean {
    return this.#name === this.#origin && REQUIRED_AT_APEX.has(type) && this.#sets.has(type)
  }

  #checkConflict(type: TypeName): void {
    const conflict = findTypeConflict(this.#name, type, this.#sets.keys(), this.#name === this.#origin)
    if (conflict) throw new EditError('breaks-zone', conflict)
  }

  #edit(type: TypeName, set: RecordSet | SetDraft): SetDraft {
    if (!isRecordSet(set)) return set
    const draft = { ttl: set[0].ttl, records: new Map(set.map(record => [dataKey(record), record])) }
    this.#sets.set(type, draft)
    return draft
  }
}

function buildSet({ ttl, records }: SetDraft): RecordSet {
  const all = Array.from(records.values(), record => (record.ttl === ttl ? record : { ...record, ttl }))
  // Removing the last record removes the set, so a set is never empty; the type of a map cannot express that.
  return all as [DnsRecord, ...DnsRecord[]]
}

function isRecordSet(set: RecordSet | SetDraft): set is RecordSet {
  return Array.isArray(set)
}
