/**
 * The questions of class CH by which a hostmaster finds out which server it is that answers, and of what make (RFC 4892).
 * Pure.
 */
import type { Question, RecordOf } from '../../../shared/dns/message.ts'
import { fold } from '../../../shared/dns/name.ts'

/** What a server says of itself; '' for what it keeps to itself. */
export interface Identity {
  /** Which server it is: `ns1.fourwire.test`. */
  readonly nsid: string
  /** Of what make. */
  readonly version: string
}

export const NO_IDENTITY: Identity = { nsid: '', version: '' }

const NAMES: ReadonlyMap<string, keyof Identity> = new Map([
  ['version.bind', 'version'],
  ['version.server', 'version'],
  ['hostname.bind', 'nsid'],
  ['id.server', 'nsid'],
])

/** The records that answer the question, none for another type; undefined where there is no answer to give. */
export function answerChaos({ name, type }: Question, identity: Identity): RecordOf<'TXT'>[] | undefined {
  const key = NAMES.get(fold(name))
  if (!key || identity[key] === '') return undefined
  if (type !== 'TXT' && type !== 'ANY') return []
  return [{ name, type: 'TXT', class: 'CH', ttl: 0, data: [Buffer.from(identity[key])] }]
}
