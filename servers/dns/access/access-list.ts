/** Decides by address or key which clients may transfer, update or use forwarding (like BIND's address match lists). */
import { BlockList, isIP } from 'node:net'
import type { Query } from '../query/query.ts'
import type { AccessEntry } from './access-entry.ts'

export class AccessList {
  readonly #networks = new BlockList()
  readonly #keys = new Set<string>()
  readonly #any: boolean
  readonly #anyKey: boolean

  /** @param entries a client needs to match one of them */
  constructor(entries: readonly AccessEntry[]) {
    this.#any = entries.some(({ kind }) => kind === 'any')
    this.#anyKey = entries.some(({ kind }) => kind === 'keys')
    for (const entry of entries) {
      if (entry.kind === 'key') this.#keys.add(entry.name)
      if (entry.kind === 'network') this.#networks.addSubnet(entry.address, entry.length, entry.family)
    }
  }

  /** The names of the keys in the list. */
  get keys(): ReadonlySet<string> {
    return this.#keys
  }

  /** Returns true if the client, or the key of its query, matches an entry. */
  permits({ client: { address }, auth: { key } }: Pick<Query, 'client' | 'auth'>): boolean {
    if (this.#any) return true
    if (key && (this.#anyKey || this.#keys.has(key.name))) return true
    return this.#networks.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
  }
}
