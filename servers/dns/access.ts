/** Who may transfer a zone, or change it: those at some addresses, those with a key (as BIND's address match lists). */
import { BlockList, isIP } from 'node:net'
import { fold, NameError, parseName } from '../../shared/dns/name.ts'
import type { Query } from './query.ts'

/** One entry of a list of those who may. */
export type AccessEntry =
  | { readonly kind: 'any' | 'none' | 'keys' }
  | { readonly kind: 'key'; readonly name: string }
  | { readonly kind: 'network'; readonly address: string; readonly family: 'ipv4' | 'ipv6'; readonly length: number }

const NETWORK = /^([^/]+)(?:\/(\d{1,3}))?$/

/** Reads `any`, `none`, `keys`, `key:NAME`, an address, or one with the length of its prefix; undefined for none of them. */
export function parseAccessEntry(text: string): AccessEntry | undefined {
  if (text === 'any' || text === 'none' || text === 'keys') return { kind: text }
  if (text.startsWith('key:')) return keyEntry(text.slice('key:'.length))
  const [, address = '', given] = NETWORK.exec(text) ?? []
  const version = isIP(address)
  if (version === 0) return undefined
  const bits = version === 4 ? 32 : 128
  const length = given === undefined ? bits : Number(given)
  return length > bits ? undefined : { kind: 'network', address, family: version === 4 ? 'ipv4' : 'ipv6', length }
}

function keyEntry(name: string): AccessEntry | undefined {
  try {
    return { kind: 'key', name: fold(parseName(name)) }
  } catch (error) {
    if (error instanceof NameError) return undefined
    throw error
  }
}

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
