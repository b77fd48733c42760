/**
 * Changes to a zone at run time, and which of them would break it (RFC 2136, section 3.4.2, has the same rules for UPDATE).
 * Pure.
 */
import { type TypeName, types } from '../../../shared/dns/codes.ts'
import type { DnsRecord } from '../../../shared/dns/message.ts'
import { absolute, fold, isAtOrBelow } from '../../../shared/dns/name.ts'
import { printRecord } from '../../../shared/dns/print.ts'
import { FourwireError } from '../../../shared/errors.ts'
import { isMeta } from './master-file.ts'
import { findProblem, isSame, type Node, type RecordSet, recordSet, SINGLE } from './zone.ts'

export type Edit =
  /** The records, all of one owner and type, take the place of what is there of these. */
  | { readonly kind: 'set'; readonly records: RecordSet }
  /** The record joins its set, whose TTL becomes the record's; a second SOA, CNAME or DNAME takes the first one's place. */
  | { readonly kind: 'add'; readonly record: DnsRecord }
  /** One record (its TTL does not matter), else all of the type, else all of the name. */
  | { readonly kind: 'remove'; readonly name: string; readonly type?: TypeName; readonly record?: DnsRecord }

/** Why an edit is refused, for the wire's codes. */
export type EditFault =
  /** No zone of that origin is served. */
  | 'no-zone'
  /** The name is not in the zone. */
  | 'not-in-zone'
  /** The zone would be none with it: a CNAME beside other data, no SOA, no name server. */
  | 'breaks-zone'
  /** The records are none that a zone can hold. */
  | 'bad-data'
  /** There are as many changed at run time as are kept. */
  | 'too-many'

/** An edit that is refused; none of those given with it is done. */
export class EditError extends FourwireError {
  override readonly name = 'EditError'
  readonly exitCode = 2
  readonly fault: EditFault

  constructor(fault: EditFault, message: string) {
    super(message)
    this.fault = fault
  }
}

/** What becomes of edits that would break the zone: all are refused, or these are left out (RFC 2136, section 3.4.2). */
export type Breaking = 'refuse' | 'skip'

/** The nodes of one zone while edits are done to them, one after the other. */
export class Draft {
  /** The nodes that were changed, by their folded names. */
  readonly changed = new Map<string, Node>()
  readonly #origin: string
  readonly #node: (name: string) => Node
  readonly #breaking: Breaking

  /**
   * @param node the node of a folded name as it was
   * @param breaking whether edits that would break the zone are refused, or left out as RFC 2136 has it
   */
  constructor(origin: string, node: (name: string) => Node, breaking: Breaking) {
    this.#origin = origin
    this.#node = node
    this.#breaking = breaking
  }

  /** @throws EditError for an edit that cannot be done; the draft is as before then */
  apply(edit: Edit): void {
    try {
      this.#apply(edit)
    } catch (error) {
      if (this.#breaking === 'skip' && error instanceof EditError && error.fault === 'breaks-zone') return
      throw error
    }
  }

  #apply(edit: Edit): void {
    const records = edit.kind === 'set' ? edit.records : [edit.record].filter(record => record !== undefined)
    const name = fold(edit.kind === 'remove' ? edit.name : (records[0]?.name ?? ''))
    if (!isAtOrBelow(name, this.#origin)) {
      throw new EditError('not-in-zone', `${absolute(name)} is not in the zone ${absolute(this.#origin)}`)
    }
    for (const record of records) checkRecord(record, name, edit)
    this.changed.set(name, this.#result(edit, name))
  }

  node(name: string): Node {
    return this.changed.get(name) ?? this.#node(name)
  }

  #result(edit: Edit, name: string): Node {
    const node = this.node(name)
    if (edit.kind === 'set') return this.#withSet(node, edit.records)
    if (edit.kind === 'add') return this.#withSet(node, joined(node, edit.record))
    return this.#without(node, edit, name === this.#origin)
  }

  #withSet(node: Node, set: RecordSet): Node {
    const { type, name } = set[0]
    const rest = node.filter(([first]) => first.type !== type)
    const unique = set.filter((record, index) => set.findIndex(other => isSame(other, record)) === index)
    const [first, ...more] = unique.map(record => (record.ttl === set[0].ttl ? record : { ...record, ttl: set[0].ttl }))
    if (!first) return rest
    const problem =
      findProblem(rest, first, fold(name) === this.#origin) ??
      (SINGLE.has(type) && more.length > 0 ? `${absolute(name)} can have one ${type} record only` : undefined)
    if (problem) throw new EditError('breaks-zone', problem)
    return [...rest, [first, ...more]]
  }

  #without(node: Node, { type, record }: Edit & { kind: 'remove' }, atOrigin: boolean): Node {
    const wanted = record?.type ?? type
    return node.flatMap(set => {
      if (wanted !== undefined && set[0].type !== wanted) return [set]
      const [first, ...rest] = record ? set.filter(other => !isSame(other, record)) : []
      if (first) return [[first, ...rest] as const]
      if (atOrigin && NEEDED.has(set[0].type)) return this.#needed(set, wanted)
      return []
    })
  }

  /** RFC 2136, sections 3.4.2.3 and 3.4.2.4: all of the apex is removed but its SOA and name servers. */
  #needed(set: RecordSet, wanted: TypeName | undefined): [RecordSet] {
    if (wanted === undefined && this.#breaking === 'skip') return [set]
    throw new EditError(
      'breaks-zone',
      `the zone ${absolute(this.#origin)} needs its ${set[0].type} record: it can be replaced, not removed`,
    )
  }
}

/** What the apex cannot be without (RFC 1034, section 4.2.1). */
const NEEDED: ReadonlySet<TypeName> = new Set<TypeName>(['SOA', 'NS'])

function joined(node: Node, record: DnsRecord): RecordSet {
  const set = SINGLE.has(record.type) ? undefined : recordSet(node, record.type)
  return [record, ...(set ?? [])]
}

/** RFC 2181, section 8. */
const MAX_TTL = 0x7fff_ffff

function checkRecord(record: DnsRecord, name: string, edit: Edit): void {
  const problem = problemOf(record, name, edit)
  if (problem) throw new EditError('bad-data', `${problem}: ${printRecord(record)}`)
}

function problemOf(record: DnsRecord, name: string, edit: Edit): string | undefined {
  if (fold(record.name) !== name) return `the record is not one of ${absolute(name)}`
  if (record.class !== 'IN') return 'only class IN is served'
  if (isMeta(types.code(record.type) ?? 0)) return `a zone cannot hold records of type ${record.type}`
  if (edit.kind === 'set' && record.type !== edit.records[0].type) return 'a set has records of one type'
  return edit.kind !== 'remove' && (record.ttl < 0 || record.ttl > MAX_TTL) ? 'that TTL is none' : undefined
}
