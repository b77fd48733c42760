/**
 * Changes of a zone by message (UPDATE, RFC 2136): what has to be so is checked, what is to be changed is read, and then
 * all of it is done, or none. What is changed is on top of the zone's file while the server runs. Pure.
 */
import type { Rcode } from '../../../shared/dns/codes.ts'
import type { Message } from '../../../shared/dns/message.ts'
import { fold } from '../../../shared/dns/name.ts'
import type { Log } from '../../../shared/log.ts'
import { explain, REASON } from '../edns/extended-error.ts'
import type { Handler } from '../name-server.ts'
import { type Query, responseTo } from '../query.ts'
import type { ZoneStore } from '../store/zone-store.ts'
import type { AccessList } from '../trust/access-list.ts'
import { EditError, type EditFault } from '../zone/edit.ts'
import type { Zone } from '../zone/zone.ts'
import { parseUpdates } from './parse-updates.ts'
import { checkPrerequisites } from './prerequisites.ts'

export interface UpdateHandlerOptions {
  readonly served: Pick<ZoneStore, 'zones' | 'edit'>
  /** Who may change zones. */
  readonly allowed: AccessList
  readonly log: Pick<Log, 'info'>
}

export class UpdateHandler implements Handler {
  readonly #parts: UpdateHandlerOptions

  constructor(parts: UpdateHandlerOptions) {
    this.#parts = parts
  }

  handle(query: Query): Message | undefined {
    const { message } = query
    const [zone] = message.questions
    if (!message.update) return undefined
    if (zone?.type !== 'SOA') return responseTo(message, 'FORMERR')
    const served = zone.class === 'IN' ? this.#parts.served.zones.get(fold(zone.name)) : undefined
    if (!served) return explain(responseTo(message, 'NOTAUTH'), REASON.NOT_AUTHORITATIVE)
    if (!this.#parts.allowed.permits(query)) return explain(responseTo(message, 'REFUSED'), REASON.PROHIBITED)
    return this.#update(query, served, message.update)
  }

  #update(query: Query, zone: Zone, { prerequisites, updates }: NonNullable<Message['update']>): Message {
    const { message } = query
    const rcode = checkPrerequisites(zone, prerequisites)
    if (rcode !== 'NOERROR') return responseTo(message, rcode)
    const read = parseUpdates(zone, updates)
    if (read.kind === 'refused') return responseTo(message, read.rcode)
    try {
      const after = this.#parts.served.edit(zone.origin, read.edits, 'skip')
      if (after !== zone) this.#tell(query, after)
      return responseTo(message)
    } catch (error) {
      if (!(error instanceof EditError)) throw error
      return explain(responseTo(message, FAULTS[error.fault]), REASON.OTHER, error.message)
    }
  }

  #tell({ client: { address }, key }: Query, { origin, soa }: Zone): void {
    const by = key ? `${address} (${key.name})` : address
    this.#parts.log.info({ zone: origin, serial: soa.data.serial, by }, 'dns: zone updated')
  }
}

const FAULTS: Readonly<Record<EditFault, Rcode>> = {
  'no-zone': 'NOTAUTH',
  'not-in-zone': 'NOTZONE',
  'breaks-zone': 'REFUSED',
  'bad-data': 'FORMERR',
  'too-many': 'SERVFAIL',
}
