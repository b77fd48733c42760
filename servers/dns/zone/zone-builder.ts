/** A zone in the making, record by record. Files of a million records are common enough for this to be quick. Pure. */
import type { DnsRecord } from '../../../shared/dns/message.ts'
import { absolute, firstDot, fold, isAtOrBelow, parentOf } from '../../../shared/dns/name.ts'
import { restore, type StoredNode, store } from './stored-node.ts'
import { addRecord, findProblem, type Node, type RecordSet, recordSet, type Zone } from './zone.ts'
import { ZoneVersion } from './zone-version.ts'

export class ZoneBuilder {
  readonly #origin: string
  readonly #nodes = new Map<string, StoredNode>()
  /** How many names exist right under a name. */
  readonly #below = new Map<string, number>()
  /** The name above the last new one, which is above most of those that follow, and how many are not counted yet. */
  #parent = ''
  #uncounted = 0

  /** @param origin the zone's name, folded */
  constructor(origin: string) {
    this.#origin = origin
    this.#nodes.set(origin, [])
  }

  /** Adds the record; or tells why it cannot be there. */
  add(record: DnsRecord): string | undefined {
    const name = fold(record.name)
    const stored = this.#nodes.get(name)
    if (!stored) return this.#addNew(name, record)
    const node = restore(stored)
    const problem = findProblem(node, record, name === this.#origin)
    if (!problem) this.#nodes.set(name, store(withRecord(node, record)))
    return problem
  }

  /** The zone; undefined where it has no SOA. */
  build(): Zone | undefined {
    this.#count()
    const apex = this.#nodes.get(this.#origin)
    const soa = apex && recordSet(restore(apex), 'SOA')?.[0]
    return soa?.type === 'SOA' ? ZoneVersion.of(this.#origin, soa, this.#nodes, this.#below) : undefined
  }

  #addNew(name: string, record: DnsRecord): string | undefined {
    if (!isAtOrBelow(name, this.#origin)) return `${absolute(record.name)} is not in the zone ${absolute(this.#origin)}`
    const problem = findProblem([], record, false)
    if (problem) return problem
    this.#nodes.set(name, record)
    this.#countAbove(name)
    return undefined
  }

  /** Counts a new name where it stands, and makes the names between it and the origin. */
  #countAbove(name: string): void {
    if (this.#isUnder(name, this.#parent)) {
      this.#uncounted++
      return
    }
    for (let parent = parentOf(name); parent !== undefined; parent = parentOf(parent)) {
      this.#count()
      this.#parent = parent
      this.#uncounted = 1
      if (this.#nodes.has(parent)) return
      this.#nodes.set(parent, [])
    }
  }

  /** Right under it; without making a string of what is above the name. */
  #isUnder(name: string, parent: string): boolean {
    return (
      parent !== '' &&
      name.length > parent.length &&
      name.endsWith(parent) &&
      firstDot(name) === name.length - parent.length - 1
    )
  }

  #count(): void {
    if (this.#uncounted > 0) this.#below.set(this.#parent, (this.#below.get(this.#parent) ?? 0) + this.#uncounted)
    this.#uncounted = 0
  }
}

function withRecord(node: Node, record: DnsRecord): Node {
  const sets: RecordSet[] = [...node]
  addRecord(sets, record)
  return sets
}
