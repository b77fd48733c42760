/** A zone while edits apply to it, one after the other, by the rules of UPDATE (RFC 2136, section 3.4.2). Pure. */
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
  readonly #nodeBefore: (name: string) => Node
  readonly #invalid: InvalidEdits

  /**
   * @param origin the zone's name, folded
   * @param nodeBefore returns the node of a folded name before the edits
   * @param invalid how to handle edits that would make the zone invalid
   */
  constructor(origin: string, nodeBefore: (name: string) => Node, invalid: InvalidEdits) {
    this.#origin = origin
    this.#nodeBefore = nodeBefore
    this.#invalid = invalid
  }

  /** Yields the edited nodes by their folded names. Sets that no edit changed are the same objects as before. */
  *editedNodes(): Generator<[string, Node]> {
    for (const [name, node] of this.#nodes) yield [name, node.build()]
  }

  /** @throws EditError if the edit cannot be made; then the draft is unchanged */
  apply(edit: Edit): void {
    try {
      this.#apply(edit)
    } catch (error) {
      if (this.#invalid === 'skip' && error instanceof EditError && error.fault === 'breaks-zone') return
      throw error
    }
  }

  #apply(edit: Edit): void {
    const name = fold(edit.kind === 'remove' ? edit.name : firstRecord(edit).name)
    if (!isAtOrBelow(name, this.#origin)) {
      throw new EditError('not-in-zone', `${absolute(name)} is not in the zone ${absolute(this.#origin)}`)
    }
    const node = this.#nodes.get(name) ?? new NodeDraft(this.#nodeBefore(name), name, this.#origin)
    if (edit.kind === 'remove') this.#remove(node, edit, name)
    else this.#setOrAdd(node, edit, name)
    this.#nodes.set(name, node)
  }

  #setOrAdd(node: NodeDraft, edit: Edit & { kind: 'set' | 'add' }, name: string): void {
    const records = edit.kind === 'set' ? edit.records : [edit.record]
    for (const record of records) checkRecord(record, name, firstRecord(edit).type)
    if (edit.kind === 'set') node.set(edit.records)
    else node.add(edit.record)
  }

  #remove(node: NodeDraft, { type, record }: Edit & { kind: 'remove' }, name: string): void {
    if (record && fold(record.name) !== name) throw badData(`the owner is not ${absolute(name)}`, record)
    if (record) node.removeRecord(record)
    else if (type !== undefined) node.remove(type)
    else node.removeAll(this.#invalid)
  }
}

function firstRecord(edit: Edit & { kind: 'set' | 'add' }): DnsRecord {
  return edit.kind === 'set' ? edit.records[0] : edit.record
}

/** RFC 2181, section 8. */
const MAX_TTL = 0x7fff_ffff

function checkRecord(record: DnsRecord, name: string, type: TypeName): void {
  const { ttl } = record
  if (fold(record.name) !== name) throw badData(`the owner is not ${absolute(name)}`, record)
  if (record.class !== 'IN') throw badData('only class IN is served', record)
  if (isMetaType(record.type)) throw badData(`a zone cannot hold records of type ${record.type}`, record)
  if (record.type !== type) throw badData('all records of a set must have the same type', record)
  const isTtl = Number.isInteger(ttl) && ttl >= 0 && ttl <= MAX_TTL
  if (!isTtl) throw badData(`${ttl} is not a TTL: it must be an integer from 0 to ${MAX_TTL}`, record)
}

function badData(reason: string, record: DnsRecord): EditError {
  return new EditError('bad-data', `${reason}: ${printRecord(record)}`)
}
