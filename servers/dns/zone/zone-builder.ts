/** Builds a zone record by record. Optimized for files of a million records. Pure. */
import type { TypeName } from '../../../shared/dns/codes.ts'
import type { DnsRecord } from '../../../shared/dns/message.ts'
import { absolute, firstDot, fold, isAtOrBelow, parentOf } from '../../../shared/dns/name.ts'
import {
  addRecord,
  type CompactNode,
  compact,
  expand,
  findConflict,
  type Node,
  type RecordSet,
  recordSet,
} from './node.ts'
import { Zone } from './zone.ts'

export class ZoneBuilder {
  readonly #origin: string
  readonly #nodes = new Map<string, CompactNode>()
  /** The number of existing names directly below a name. */
  readonly #childCounts = new Map<string, number>()
  /** The parent of the last new name, and its children not yet counted: most of the following names have the same parent. */
  #parent = ''
  #uncounted = 0

  /** @param origin the zone's name, folded */
  constructor(origin: string) {
    this.#origin = origin
    this.#nodes.set(origin, [])
  }

  /** Adds a record. Returns why if the zone cannot have it. */
  add(record: DnsRecord): string | undefined {
    const name = fold(record.name)
    const stored = this.#nodes.get(name)
    if (!stored) return this.#addNew(name, record)
    const node = expand(stored)
    const conflict = findConflict(node, record, name === this.#origin)
    if (!conflict) this.#nodes.set(name, compact(withRecord(node, record)))
    return conflict
  }

  /** Returns true if the apex has records of this type. */
  hasApex(type: TypeName): boolean {
    return recordSet(expand(this.#nodes.get(this.#origin) ?? []), type) !== undefined
  }

  /** Returns the zone; undefined if it has no SOA record. */
  build(): Zone | undefined {
    this.#flushCount()
    const apex = this.#nodes.get(this.#origin)
    const soa = apex && recordSet(expand(apex), 'SOA')?.[0]
    return soa?.type === 'SOA' ? Zone.of(this.#origin, soa, this.#nodes, this.#childCounts) : undefined
  }

  #addNew(name: string, record: DnsRecord): string | undefined {
    if (!isAtOrBelow(name, this.#origin)) return `${absolute(record.name)} is not in the zone ${absolute(this.#origin)}`
    const conflict = findConflict([], record, false)
    if (conflict) return conflict
    this.#nodes.set(name, record)
    this.#countInParents(name)
    return undefined
  }

  /** Counts a new name in its parent, and adds the empty non-terminals up to the origin. */
  #countInParents(name: string): void {
    if (isChild(name, this.#parent)) {
      this.#uncounted++
      return
    }
    for (let parent = parentOf(name); parent !== undefined; parent = parentOf(parent)) {
      this.#flushCount()
      this.#parent = parent
      this.#uncounted = 1
      if (this.#nodes.has(parent)) return
      this.#nodes.set(parent, [])
    }
  }

  #flushCount(): void {
    if (this.#uncounted > 0) {
      this.#childCounts.set(this.#parent, (this.#childCounts.get(this.#parent) ?? 0) + this.#uncounted)
    }
    this.#uncounted = 0
  }
}

/** Returns true if the name is directly below the parent. Does not allocate, unlike `parentOf`. */
function isChild(name: string, parent: string): boolean {
  return (
    parent !== '' &&
    name.length > parent.length &&
    name.endsWith(parent) &&
    firstDot(name) === name.length - parent.length - 1
  )
}

function withRecord(node: Node, record: DnsRecord): Node {
  const sets: RecordSet[] = [...node]
  addRecord(sets, record)
  return sets
}
