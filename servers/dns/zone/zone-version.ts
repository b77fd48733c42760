/**
 * One version of a zone. It never changes: a change makes the next version, which shares with it all that is the same
 * (`versions.ts`), so an answer or a transfer that has begun goes on with the zone as it was. Pure.
 */
import type { DnsRecord, RecordOf } from '../../../shared/dns/message.ts'
import { parentOf } from '../../../shared/dns/name.ts'
import { restore, type StoredNode, store } from './stored-node.ts'
import { VersionedMap } from './versioned-map.ts'
import type { Node, NodeChanges, Zone } from './zone.ts'

export class ZoneVersion implements Zone {
  readonly origin: string
  readonly soa: RecordOf<'SOA'>
  readonly #nodes: VersionedMap<StoredNode>
  /** How many names exist right under a name, for names that have any. */
  readonly #below: VersionedMap<number>

  private constructor(
    soa: RecordOf<'SOA'>,
    origin: string,
    nodes: VersionedMap<StoredNode>,
    below: VersionedMap<number>,
  ) {
    this.origin = origin
    this.soa = soa
    this.#nodes = nodes
    this.#below = below
  }

  /**
   * @param nodes by folded names, empty non-terminals among them; taken over, not copied
   * @param below how many names exist right under a name, for names that have any; taken over too
   */
  static of(
    origin: string,
    soa: RecordOf<'SOA'>,
    nodes: Map<string, StoredNode>,
    below: Map<string, number>,
  ): ZoneVersion {
    return new ZoneVersion(soa, origin, new VersionedMap(nodes), new VersionedMap(below))
  }

  node(name: string): Node | undefined {
    const stored = this.#nodes.get(name)
    return stored && restore(stored)
  }

  *names(): Generator<[string, Node]> {
    for (const [name, stored] of this.#nodes.entries()) yield [name, restore(stored)]
  }

  *records(): Generator<DnsRecord> {
    yield this.soa
    for (const [, node] of this.names()) {
      for (const set of node) if (set[0].type !== 'SOA') yield* set
    }
  }

  with(soa: RecordOf<'SOA'>, changes: NodeChanges): ZoneVersion {
    const next = new Changes(this.origin, this.#nodes, this.#below)
    for (const [name, node] of changes) next.set(name, node)
    next.set(this.origin, withSoa(next.node(this.origin) ?? [], soa))
    return new ZoneVersion(soa, this.origin, this.#nodes.with(next.nodes), this.#below.with(next.below))
  }
}

function withSoa(apex: Node, soa: RecordOf<'SOA'>): Node {
  return [[soa], ...apex.filter(([first]) => first.type !== 'SOA')]
}

/** What differs in the version in the making. */
class Changes {
  readonly nodes = new Map<string, StoredNode | undefined>()
  readonly below = new Map<string, number | undefined>()
  readonly #origin: string
  readonly #oldNodes: VersionedMap<StoredNode>
  readonly #oldBelow: VersionedMap<number>

  constructor(origin: string, nodes: VersionedMap<StoredNode>, below: VersionedMap<number>) {
    this.#origin = origin
    this.#oldNodes = nodes
    this.#oldBelow = below
  }

  node(name: string): Node | undefined {
    const stored = this.nodes.has(name) ? this.nodes.get(name) : this.#oldNodes.get(name)
    return stored && restore(stored)
  }

  /** A name above exists as long as it has records, or names below it. */
  set(name: string, node: Node): void {
    let change = this.#put(name, node)
    for (let above = parentOf(name); above !== undefined && change !== 0; above = parentOf(above)) {
      this.below.set(above, this.#count(above) + change || undefined)
      change = this.#put(above, this.node(above) ?? [])
    }
  }

  /** Tells whether the name has come (1), has gone (-1), or neither. */
  #put(name: string, node: Node): number {
    const existed = this.node(name) !== undefined
    const exists = node.length > 0 || name === this.#origin || this.#count(name) > 0
    if (existed || exists) this.nodes.set(name, exists ? store(node) : undefined)
    return Number(exists) - Number(existed)
  }

  #count(name: string): number {
    return (this.below.has(name) ? this.below.get(name) : this.#oldBelow.get(name)) ?? 0
  }
}
