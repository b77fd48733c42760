/** The keys of the server (TSIG, RFC 8945), and the access lists that name them. */
import { createTsigKey, parseTsigKey, type TsigKey, TsigKeyError } from '../../../shared/dns/tsig/key.ts'
import { UsageError } from '../../../shared/errors.ts'
import { parseAccessEntry } from './access-entry.ts'
import { AccessList } from './access-list.ts'
import type { KeyOptions } from './options.ts'

export class Keys {
  readonly #byName: ReadonlyMap<string, TsigKey>

  /** @throws UsageError for an invalid key, or two keys of the same name */
  constructor(options: KeyOptions['keys']) {
    this.#byName = new Map(options.map(readKey).map(key => [key.name, key]))
    if (this.#byName.size < options.length) throw new UsageError('dns.keys: two keys have the same name')
  }

  get all(): TsigKey[] {
    return [...this.#byName.values()]
  }

  /**
   * The key of that name.
   *
   * @param option the option that names it: `notify`
   * @throws UsageError if there is none
   */
  find(name: string, option: string): TsigKey {
    const key = this.#byName.get(name)
    if (key) return key
    throw new UsageError(`dns.${option}: there is no key ${JSON.stringify(name)} among dns.keys`)
  }

  /** @throws UsageError for an entry that names an unknown key */
  accessList(entries: readonly string[], option: string): AccessList {
    const list = new AccessList(entries.map(parseAccessEntry).filter(entry => entry !== undefined))
    for (const name of list.keys) this.find(name, option)
    return list
  }
}

function readKey(option: KeyOptions['keys'][number]): TsigKey {
  try {
    return typeof option === 'string' ? parseTsigKey(option) : createTsigKey(option)
  } catch (cause) {
    if (cause instanceof TsigKeyError) throw new UsageError(`dns.keys: ${cause.message}`, { cause })
    throw cause
  }
}
