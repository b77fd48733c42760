/**
 * One immutable version of a zone: its names, and the records of each. A change creates the next version, which shares
 * everything unchanged with it (`versioned-map.ts`). An answer or a transfer in progress uses its version to the end. Pure.
 */
import type { DnsRecord, RecordOf } from '../../../shared/dns/message.ts'
import { parentOf } from '../../../shared/dns/name.ts'
import { type CompactNode, compact, expand, type Node } from './node.ts'
import { VersionedMap } from './versioned-map.ts'

/** Nodes by their folded names. An empty node removes the records of its name. */
export type NodeChanges = ReadonlyMap<string, Node>

export class Zone {
  /** The zone's own name, folded. */
  readonly origin: string
  readonly soa: RecordOf<'SOA'>
  /** By folded names, empty non-terminals (RFC 8499) included. */
  readonly #nodes: VersionedMap<CompactNode>
  /** The number of existing names directly below each name that has any. */
  readonly #childCounts: VersionedMap<number>

  private constructor(
    soa: RecordOf<'SOA'>,
    origin: string,
    nodes: VersionedMap<CompactNode>,
    childCounts: VersionedMap<number>,
  ) {
    this.origin = origin
    this.soa = soa
    this.#nodes = nodes
    this.#childCounts = childCounts
  }

  /**
   * Creates the first version.
   *
   * @param nodes by folded names, empty non-terminals included; owned by the zone from now on
   * @param childCounts the number of existing names directly below each name that has any; owned by the zone from now on
   */
  static of(
    origin: string,
    soa: RecordOf<'SOA'>,
    nodes: Map<string, CompactNode>,
    childCounts: Map<string, number>,
  ): Zone {
    return new Zone(soa, origin, new VersionedMap(nodes), new VersionedMap(childCounts))
  }

  /** Returns the node of a folded name; undefined if the name does not exist. */
  node(name: string): Node | undefined {
    const stored = this.#nodes.get(name)
    return stored && expand(stored)
  }

  /** Yields all existing names, folded, with their nodes. */
  *names(): Generator<[string, Node]> {
    for (const [name, stored] of this.#nodes.entries()) yield [name, expand(stored)]
  }

  /** Yields all records, the SOA first. */
  *records(): Generator<DnsRecord> {
    yield this.soa
    for (const [, node] of this.names()) {
      for (const set of node) if (set[0].type !== 'SOA') yield* set
    }
  }

  /** Returns the next version, with another SOA and these nodes. Adds and removes empty non-terminals as needed. */
  with(soa: RecordOf<'SOA'>, changes: NodeChanges): Zone {
    const next = new Changes(this.origin, this.#nodes, this.#childCounts)
    for (const [name, node] of changes) next.set(name, node)
    next.set(this.origin, withSoa(next.node(this.origin) ?? [], soa))
    return new Zone(soa, this.origin, this.#nodes.with(next.nodes), this.#childCounts.with(next.childCounts))
  }
}

function withSoa(apex: Node, soa: RecordOf<'SOA'>): Node {
  return [[soa], ...apex.filter(([first]) => first.type !== 'SOA')]
}

/** The differences between a version and the next one. */
class Changes {
  readonly nodes = new Map<string, CompactNode | undefined>()
  readonly childCounts = new Map<string, number | undefined>()
  readonly #origin: string
  readonly #oldNodes: VersionedMap<CompactNode>
  readonly #oldCounts: VersionedMap<number>

  constructor(origin: string, nodes: VersionedMap<CompactNode>, childCounts: VersionedMap<number>) {
    this.#origin = origin
    this.#oldNodes = nodes
    this.#oldCounts = childCounts
  }

  node(name: string): Node | undefined {
    const stored = this.nodes.has(name) ? this.nodes.get(name) : this.#oldNodes.get(name)
    return stored && expand(stored)
  }

  /** A parent exists as long as it has records, or names below it. */
  set(name: string, node: Node): void {
    let change = this.#put(name, node)
    for (let parent = parentOf(name); parent !== undefined && change !== 0; parent = parentOf(parent)) {
      this.childCounts.set(parent, this.#childCount(parent) + change || undefined)
      change = this.#put(parent, this.node(parent) ?? [])
    }
  }

  /** Returns 1 if this added the name, -1 if it removed the name, else 0. */
  #put(name: string, node: Node): number {
    const existed = this.node(name) !== undefined
    const exists = node.length > 0 || name === this.#origin || this.#childCount(name) > 0
    if (existed || exists) this.nodes.set(name, exists ? compact(node) : undefined)
    return Number(exists) - Number(existed)
  }

  #childCount(name: string): number {
    return (this.childCounts.has(name) ? this.childCounts.get(name) : this.#oldCounts.get(name)) ?? 0
  }
}
