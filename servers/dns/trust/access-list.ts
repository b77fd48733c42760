/** Who may transfer a zone, or change it: those at some addresses, those with a key (as BIND's address match lists). */
import { BlockList, isIP } from 'node:net'
import type { Query } from '../query.ts'
import type { AccessEntry } from './access-entry.ts'

/** A list of those who may; whom one entry lets in is in. */
export class AccessList {
  readonly #networks = new BlockList()
  readonly #keys = new Set<string>()
  readonly #any: boolean
  readonly #anyKey: boolean

  constructor(entries: readonly AccessEntry[]) {
    this.#any = entries.some(({ kind }) => kind === 'any')
    this.#anyKey = entries.some(({ kind }) => kind === 'keys')
    for (const entry of entries) {
      if (entry.kind === 'key') this.#keys.add(entry.name)
      if (entry.kind === 'network') this.#networks.addSubnet(entry.address, entry.length, entry.family)
    }
  }

  /** The names of the keys that are named. */
  get keys(): ReadonlySet<string> {
    return this.#keys
  }

  permits({ client: { address }, key }: Pick<Query, 'client' | 'key'>): boolean {
    if (this.#any) return true
    if (key && (this.#anyKey || this.#keys.has(key.name))) return true
    return this.#networks.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
  }
}
