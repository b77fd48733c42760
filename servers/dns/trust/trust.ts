/**
 * Whom the server trusts with what: its keys; who may transfer zones, change them, have names asked of others; who is told
 * of changes.
 */
import { parseTsigKey, readTsigKey, type TsigKey, TsigKeyError } from '../../../shared/dns/tsig/key.ts'
import { UsageError } from '../../../shared/errors.ts'
import type { ForwardOptions } from '../forward/options.ts'
import { type NotifyTarget, parseNotifyTarget } from '../notify/notify-target.ts'
import { parseAccessEntry } from './access-entry.ts'
import { AccessList } from './access-list.ts'
import type { TrustOptions } from './options.ts'

/** A server that is told of changes. */
export type Secondary = Omit<NotifyTarget, 'key'> & { readonly key: TsigKey | undefined }

export interface Trust {
  readonly keys: readonly TsigKey[]
  readonly transfer: AccessList
  readonly update: AccessList
  /** For whom names are forwarded. */
  readonly recursion: AccessList
  readonly secondaries: readonly Secondary[]
}

/** @throws UsageError for a key that cannot be read, is there twice, or is named and not there */
export function readTrust(options: TrustOptions & Pick<ForwardOptions, 'forwardFor'>): Trust {
  const keys = options.keys.map(readKey)
  const named = new Map(keys.map(key => [key.name, key]))
  if (named.size < keys.length) throw new UsageError('dns.keys: two keys have the same name')
  const find = (name: string, option: string) => {
    const key = named.get(name)
    if (key) return key
    throw new UsageError(`dns.${option}: there is no key ${JSON.stringify(name)} among dns.keys`)
  }
  const list = (option: 'allowTransfer' | 'allowUpdate' | 'forwardFor') => {
    const access = new AccessList(options[option].map(parseAccessEntry).filter(entry => entry !== undefined))
    for (const name of access.keys) find(name, option)
    return access
  }
  const secondaries = options.notify
    .map(parseNotifyTarget)
    .filter(target => target !== undefined)
    .map(target => ({ ...target, key: target.key === undefined ? undefined : find(target.key, 'notify') }))
  const [transfer, update, recursion] = [list('allowTransfer'), list('allowUpdate'), list('forwardFor')]
  return { keys, transfer, update, recursion, secondaries }
}

function readKey(written: TrustOptions['keys'][number]): TsigKey {
  try {
    return typeof written === 'string' ? parseTsigKey(written) : readTsigKey(written)
  } catch (cause) {
    if (cause instanceof TsigKeyError) throw new UsageError(`dns.keys: ${cause.message}`, { cause })
    throw cause
  }
}
