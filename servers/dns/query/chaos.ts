/** Answers questions of class CH, which identify the server and its software (RFC 4892). Pure. */
import type { Question, RecordOf } from '../../../shared/dns/message.ts'
import { fold } from '../../../shared/dns/name.ts'

/** The identity of a server; an empty value is not disclosed. */
export interface Identity {
  /** The name of the server: `ns1.fourwire.test`. */
  readonly nsid: string
  /** The name or version of its software. */
  readonly version: string
}

export const NO_IDENTITY: Identity = { nsid: '', version: '' }

const NAMES: ReadonlyMap<string, keyof Identity> = new Map([
  ['version.bind', 'version'],
  ['version.server', 'version'],
  ['hostname.bind', 'nsid'],
  ['id.server', 'nsid'],
])

/** Returns the answer, empty if the type has no records; undefined if the name is unknown or its value is not disclosed. */
export function answerChaos({ name, type }: Question, identity: Identity): RecordOf<'TXT'>[] | undefined {
  const key = NAMES.get(fold(name))
  if (!key || identity[key] === '') return undefined
  if (type !== 'TXT' && type !== 'ANY') return []
  return [{ name, type: 'TXT', class: 'CH', ttl: 0, data: [Buffer.from(identity[key])] }]
}
