/** What an UPDATE asks to be changed (RFC 2136, section 3.4), as edits of the zone. Pure. */
import { isMetaType, type Rcode } from '../../../shared/dns/codes.ts'
import { isEmptyRecord, type UpdateRecord } from '../../../shared/dns/message.ts'
import { fold, isAtOrBelow } from '../../../shared/dns/name.ts'
import type { Edit } from '../zone/edit.ts'
import { isNewer } from '../zone/serial.ts'
import type { Zone } from '../zone/zone.ts'

export type ParsedUpdates =
  | { readonly kind: 'edits'; readonly edits: readonly Edit[] }
  | { readonly kind: 'refused'; readonly rcode: Rcode }

/** Reads all of it before anything is changed (RFC 2136, section 3.4.1). */
export function parseUpdates(zone: Zone, updates: readonly UpdateRecord[]): ParsedUpdates {
  const edits: Edit[] = []
  let { serial } = zone.soa.data
  for (const update of updates) {
    if (!isAtOrBelow(fold(update.name), zone.origin)) return { kind: 'refused', rcode: 'NOTZONE' }
    const edit = parseUpdate(update)
    if (!edit) return { kind: 'refused', rcode: 'FORMERR' }
    if (edit.kind === 'add' && edit.record.type === 'SOA') {
      // RFC 2136, section 3.4.2.2: one that is not at the apex, or not newer, is left out.
      if (fold(edit.record.name) !== zone.origin || !isNewer(edit.record.data.serial, serial)) continue
      serial = edit.record.data.serial
    }
    edits.push(edit)
  }
  return { kind: 'edits', edits }
}

/** RFC 2136, section 2.5, by class: the zone's adds, ANY removes sets and names, NONE removes a record. */
function parseUpdate(update: UpdateRecord): Edit | undefined {
  const { name, type } = update
  const meta = isMetaType(type)
  if (isEmptyRecord(update)) {
    if (update.class !== 'ANY' || update.ttl !== 0) return undefined
    if (type === 'ANY') return { kind: 'remove', name }
    return meta ? undefined : { kind: 'remove', name, type }
  }
  if (meta) return undefined
  if (update.class === 'IN') return { kind: 'add', record: update }
  if (update.class !== 'NONE' || update.ttl !== 0) return undefined
  return { kind: 'remove', name, record: { ...update, class: 'IN' } }
}
