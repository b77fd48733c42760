/** Entries of access lists: `127.0.0.0/8`, `key:NAME`, `any` (as in BIND's address match lists). Pure. */
import * as z from 'zod'
import { parseKeyName } from './key-name.ts'

/** An entry of an access list. */
export type AccessEntry =
  | { readonly kind: 'any' | 'none' | 'keys' }
  | { readonly kind: 'key'; readonly name: string }
  | { readonly kind: 'network'; readonly address: string; readonly family: 'ipv4' | 'ipv6'; readonly length: number }

const ipv4 = z.union([z.ipv4(), z.cidrv4()])
const ipv6 = z.union([z.ipv6(), z.cidrv6()])

/** Parses `any`, `none`, `keys`, `key:NAME`, an address, or a network such as `10.0.0.0/8`; returns undefined if invalid. */
export function parseAccessEntry(text: string): AccessEntry | undefined {
  if (text === 'any' || text === 'none' || text === 'keys') return { kind: text }
  if (text.startsWith('key:')) return keyEntry(text.slice('key:'.length))
  if (ipv4.safeParse(text).success) return networkEntry(text, 'ipv4', 32)
  return ipv6.safeParse(text).success ? networkEntry(text, 'ipv6', 128) : undefined
}

function networkEntry(text: string, family: 'ipv4' | 'ipv6', bits: number): AccessEntry {
  const [address = '', length = String(bits)] = text.split('/')
  return { kind: 'network', address, family, length: Number(length) }
}

function keyEntry(text: string): AccessEntry | undefined {
  const name = parseKeyName(text)
  return name === undefined ? undefined : { kind: 'key', name }
}
