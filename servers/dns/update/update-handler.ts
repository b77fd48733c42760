/**
 * Handles dynamic updates (UPDATE, RFC 2136): checks the prerequisites, parses the updates, and applies all of them or none.
 * The changes last while the server runs; zone files are not written. Pure.
 */
import type { Rcode } from '../../../shared/dns/codes.ts'
import type { Message } from '../../../shared/dns/message.ts'
import { fold } from '../../../shared/dns/name.ts'
import type { Log } from '../../../shared/log.ts'
import type { AccessList } from '../access/access-list.ts'
import { explain, INFO_CODE } from '../edns/extended-error.ts'
import type { Handler } from '../name-server.ts'
import { type Query, responseTo } from '../query/query.ts'
import type { ZoneStore } from '../store/zone-store.ts'
import { EditError, type EditFault } from '../zone/edit.ts'
import type { Zone } from '../zone/zone.ts'
import { parseUpdates } from './parse-updates.ts'
import { checkPrerequisites } from './prerequisites.ts'

export interface UpdateHandlerOptions {
  readonly store: Pick<ZoneStore, 'zones' | 'edit'>
  /** The clients that may update zones. */
  readonly allowed: AccessList
  readonly log: Pick<Log, 'info'>
}

export class UpdateHandler implements Handler {
  readonly #options: UpdateHandlerOptions

  constructor(options: UpdateHandlerOptions) {
    this.#options = options
  }

  handle(query: Query): Message | undefined {
    const { message } = query
    const [question] = message.questions
    if (!message.update) return undefined
    if (question?.type !== 'SOA') return responseTo(message, 'FORMERR')
    const zone = question.class === 'IN' ? this.#options.store.zones.get(fold(question.name)) : undefined
    if (!zone) return explain(responseTo(message, 'NOTAUTH'), INFO_CODE.NOT_AUTHORITATIVE)
    if (!this.#options.allowed.permits(query)) return explain(responseTo(message, 'REFUSED'), INFO_CODE.PROHIBITED)
    return this.#update(query, zone, message.update)
  }

  #update(query: Query, zone: Zone, { prerequisites, updates }: NonNullable<Message['update']>): Message {
    const { message } = query
    const rcode = checkPrerequisites(zone, prerequisites)
    if (rcode !== 'NOERROR') return responseTo(message, rcode)
    const parsed = parseUpdates(zone, updates)
    if (parsed.kind === 'error') return responseTo(message, parsed.rcode)
    try {
      const after = this.#options.store.edit(zone.origin, parsed.edits, 'skip')
      if (after !== zone) this.#log(query, after)
      return responseTo(message)
    } catch (error) {
      if (!(error instanceof EditError)) throw error
      return explain(responseTo(message, RCODES[error.fault]), INFO_CODE.OTHER, error.message)
    }
  }

  #log({ client: { address }, auth: { key } }: Query, { origin, soa }: Zone): void {
    const by = key ? `${address} (${key.name})` : address
    this.#options.log.info({ zone: origin, serial: soa.data.serial, by }, 'dns: zone updated')
  }
}

const RCODES: Readonly<Record<EditFault, Rcode>> = {
  'no-zone': 'NOTAUTH',
  'not-in-zone': 'NOTZONE',
  'breaks-zone': 'REFUSED',
  'bad-data': 'FORMERR',
  'too-many': 'SERVFAIL',
}
