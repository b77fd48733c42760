/** The keys of the server (TSIG, RFC 8945), and the access lists that refer to them. */
import { createTsigKey, parseTsigKey, type TsigKey, TsigKeyError } from '../../../shared/dns/tsig/key.ts'
import { UsageError } from '../../../shared/errors.ts'
import { parseAccessEntry } from './access-entry.ts'
import { AccessList } from './access-list.ts'
import type { KeyOptions } from './options.ts'

export class Keys {
  readonly #byName = new Map<string, TsigKey>()

  /** @throws UsageError if a key is invalid, or two keys have the same name */
  constructor(options: KeyOptions['keys']) {
    for (const key of options.map(readKey)) {
      if (this.#byName.has(key.name)) {
        throw new UsageError(`dns.keys: two keys have the name ${JSON.stringify(key.name)}. Rename one of them`)
      }
      this.#byName.set(key.name, key)
    }
  }

  get all(): TsigKey[] {
    return [...this.#byName.values()]
  }

  /**
   * Returns the key with that name.
   *
   * @param option the option that refers to it: `notify`
   * @throws UsageError if it does not exist
   */
  find(name: string, option: string): TsigKey {
    const key = this.#byName.get(name)
    if (key) return key
    throw new UsageError(`dns.${option}: unknown key ${JSON.stringify(name)}. Add it to dns.keys`)
  }

  /** @throws UsageError if an entry refers to an unknown key */
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
