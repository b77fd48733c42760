/** A zone while edits are done to it, one after the other (RFC 2136, section 3.4.2, has the same rules for UPDATE). Pure. */
import { isMetaType, type TypeName } from '../../../shared/dns/codes.ts'
import type { DnsRecord } from '../../../shared/dns/message.ts'
import { absolute, fold, isAtOrBelow } from '../../../shared/dns/name.ts'
import { printRecord } from '../../../shared/dns/print.ts'
import { type Edit, EditError, type InvalidEdits } from './edit.ts'
import type { Node } from './node.ts'
import { NodeDraft } from './node-draft.ts'

export class ZoneDraft {
  readonly #nodes = new Map<string, NodeDraft>()
  readonly #origin: string
  readonly #node: (name: string) => Node
  readonly #breaking: InvalidEdits

  /**
   * @param origin the zone's name, folded
   * @param node the node of a folded name as it was
   * @param breaking what becomes of edits that would break the zone
   */
  constructor(origin: string, node: (name: string) => Node, breaking: InvalidEdits) {
    this.#origin = origin
    this.#node = node
    this.#breaking = breaking
  }

  /** The nodes that edits were about, by their folded names. What no edit was about is the same set as before. */
  *changed(): Generator<[string, Node]> {
    for (const [name, node] of this.#nodes) yield [name, node.result()]
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
    const name = fold(edit.kind === 'remove' ? edit.name : firstOf(edit).name)
    if (!isAtOrBelow(name, this.#origin)) {
      throw new EditError('not-in-zone', `${absolute(name)} is not in the zone ${absolute(this.#origin)}`)
    }
    const node = this.#nodes.get(name) ?? new NodeDraft(this.#node(name), name, this.#origin)
    if (edit.kind === 'remove') this.#remove(node, edit, name)
    else this.#put(node, edit, name)
    this.#nodes.set(name, node)
  }

  #put(node: NodeDraft, edit: Edit & { kind: 'set' | 'add' }, name: string): void {
    const records = edit.kind === 'set' ? edit.records : [edit.record]
    for (const record of records) checkRecord(record, name, firstOf(edit).type)
    if (edit.kind === 'set') node.set(edit.records)
    else node.add(edit.record)
  }

  #remove(node: NodeDraft, { type, record }: Edit & { kind: 'remove' }, name: string): void {
    if (record && fold(record.name) !== name) throw badData(`the record is not one of ${absolute(name)}`, record)
    if (record) node.removeRecord(record)
    else if (type !== undefined) node.remove(type)
    else node.removeAll(this.#breaking)
  }
}

function firstOf(edit: Edit & { kind: 'set' | 'add' }): DnsRecord {
  return edit.kind === 'set' ? edit.records[0] : edit.record
}

/** RFC 2181, section 8. */
const MAX_TTL = 0x7fff_ffff

function checkRecord(record: DnsRecord, name: string, type: TypeName): void {
  if (fold(record.name) !== name) throw badData(`the record is not one of ${absolute(name)}`, record)
  if (record.class !== 'IN') throw badData('only class IN is served', record)
  if (isMetaType(record.type)) throw badData(`a zone cannot hold records of type ${record.type}`, record)
  if (record.type !== type) throw badData('a set has records of one type', record)
  const { ttl } = record
  const isTtl = Number.isInteger(ttl) && ttl >= 0 && ttl <= MAX_TTL
  if (!isTtl) throw badData(`a TTL is a whole number of seconds from 0 to ${MAX_TTL}, which ${ttl} is not`, record)
}

function badData(problem: string, record: DnsRecord): EditError {
  return new EditError('bad-data', `${problem}: ${printRecord(record)}`)
}
