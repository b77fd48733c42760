/** Parses the update section of an UPDATE into edits of the zone (RFC 2136, section 3.4). Pure. */
import { isMetaType, type Rcode } from '../../../shared/dns/codes.ts'
import { isEmptyRecord, type UpdateRecord } from '../../../shared/dns/message.ts'
import { fold, isAtOrBelow } from '../../../shared/dns/name.ts'
import type { Edit } from '../zone/edit.ts'
import { isNewer } from '../zone/serial.ts'
import type { Zone } from '../zone/zone.ts'

export type ParsedUpdates =
  | { readonly kind: 'edits'; readonly edits: readonly Edit[] }
  | { readonly kind: 'error'; readonly rcode: Rcode }

/** Checks all updates before any is applied (RFC 2136, section 3.4.1). */
export function parseUpdates(zone: Zone, updates: readonly UpdateRecord[]): ParsedUpdates {
  const edits: Edit[] = []
  let { serial } = zone.soa.data
  for (const update of updates) {
    if (!isAtOrBelow(fold(update.name), zone.origin)) return { kind: 'error', rcode: 'NOTZONE' }
    const edit = parseUpdate(update)
    if (!edit) return { kind: 'error', rcode: 'FORMERR' }
    if (edit.kind === 'add' && edit.record.type === 'SOA') {
      // An SOA that is not at the apex, or not newer, is ignored (RFC 2136, section 3.4.2.2).
      if (fold(edit.record.name) !== zone.origin || !isNewer(edit.record.data.serial, serial)) continue
      serial = edit.record.data.serial
    }
    edits.push(edit)
  }
  return { kind: 'edits', edits }
}

/** By class, an update adds a record (IN), removes a set or a name (ANY), or removes a record (NONE): RFC 2136, section 2.5. */
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
