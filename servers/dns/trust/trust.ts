/** Whom the server trusts with what: its keys, who may transfer zones and who may change them, who is told of changes. */
import { parseTsigKey, readTsigKey, type TsigKey, TsigKeyError } from '../../../shared/dns/tsig-key.ts'
import { UsageError } from '../../../shared/errors.ts'
import { type NotifyTarget, parseNotifyTarget } from '../notify/target.ts'
import { type AccessEntry, parseAccessEntry } from './access-entry.ts'
import { AccessList } from './access-list.ts'
import type { TrustOptions } from './options.ts'

/** A server that is told of changes. */
export type Secondary = Omit<NotifyTarget, 'key'> & { readonly key: TsigKey | undefined }

export interface Trust {
  readonly keys: readonly TsigKey[]
  readonly transfer: AccessList
  readonly update: AccessList
  readonly secondaries: readonly Secondary[]
}

/** @throws UsageError for a key that cannot be read, is there twice, or is named and not there */
export function readTrust(options: TrustOptions): Trust {
  const keys = options.keys.map(readKey)
  const named = new Map(keys.map(key => [key.name, key]))
  if (named.size < keys.length) throw new UsageError('dns.keys: two keys have the same name')
  const find = (name: string, option: string) => {
    const key = named.get(name)
    if (key) return key
    throw new UsageError(`dns.${option}: there is no key ${JSON.stringify(name)} among dns.keys`)
  }
  const list = (option: 'allowTransfer' | 'allowUpdate') => {
    const access = new AccessList(options[option].map(parseAccessEntry).filter(isEntry))
    for (const name of access.keys) find(name, option)
    return access
  }
  const secondaries = options.notify
    .map(parseNotifyTarget)
    .filter(target => target !== undefined)
    .map(target => ({ ...target, key: target.key === undefined ? undefined : find(target.key, 'notify') }))
  return { keys, transfer: list('allowTransfer'), update: list('allowUpdate'), secondaries }
}

function isEntry(entry: AccessEntry | undefined): entry is AccessEntry {
  return entry !== undefined
}

function readKey(written: TrustOptions['keys'][number]): TsigKey {
  try {
    return typeof written === 'string' ? parseTsigKey(written) : readTsigKey(written)
  } catch (cause) {
    if (cause instanceof TsigKeyError) throw new UsageError(`dns.keys: ${cause.message}`, { cause })
    throw cause
  }
}
