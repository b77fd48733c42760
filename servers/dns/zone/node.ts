/** The records of one name: which types can coexist, and how a zone stores them in memory. Pure. */
import type { TypeName } from '../../../shared/dns/codes.ts'
import type { DnsRecord } from '../../../shared/dns/message.ts'
import { absolute, fold } from '../../../shared/dns/name.ts'
import { printRdata } from '../../../shared/dns/print.ts'

/** All records of one owner and type (RFC 2181, section 5); their TTLs are equal. */
export type RecordSet = readonly [DnsRecord, ...DnsRecord[]]

/** The record sets of a name; empty for an empty non-terminal (RFC 8499). */
export type Node = readonly RecordSet[]

/** Returns the records of a type; undefined if there are none. */
export function recordSet(node: Node, type: TypeName): RecordSet | undefined {
  return node.find(([first]) => first.type === type)
}

/** Types that may exist beside a CNAME (RFC 4034, sections 3 and 4). */
export const BESIDE_CNAME: ReadonlySet<TypeName> = new Set<TypeName>(['RRSIG', 'NSEC'])
/** Types of which a name has at most one record (RFC 1034, section 3.6.2; RFC 6672, section 2.4). */
export const SINGLETON_TYPES: ReadonlySet<TypeName> = new Set<TypeName>(['SOA', 'CNAME', 'DNAME'])

/** Returns why the record cannot be added to the node, or undefined. */
export function findConflict(node: Node, record: DnsRecord, atOrigin: boolean): string | undefined {
  const { type } = record
  if (SINGLETON_TYPES.has(type) && recordSet(node, type)?.some(other => !isSameRecord(other, record))) {
    return `${absolute(record.name)} has two ${type} records`
  }
  const present = node.map(([first]) => first.type)
  return findTypeConflict(record.name, type, present, atOrigin)
}

/** Returns why a name with records of the types `present` cannot have one of `type` (RFC 1034, section 3.6.2), or undefined. */
export function findTypeConflict(
  name: string,
  type: TypeName,
  present: Iterable<TypeName>,
  atOrigin: boolean,
): string | undefined {
  if (type === 'SOA' && !atOrigin) return `${absolute(name)} has an SOA record, which only the zone's own name can have`
  const others = [...present].filter(other => other !== type && !BESIDE_CNAME.has(other))
  const beside = type === 'CNAME' ? others[0] : others.find(other => other === 'CNAME')
  if (!beside || BESIDE_CNAME.has(type)) return undefined
  return `${absolute(name)} has a CNAME record, so it can have no other data (${type === 'CNAME' ? beside : type})`
}

/** Adds a record to its set. Ignores duplicates; lowers different TTLs to the lowest (RFC 2181, section 5.2). */
export function addRecord(node: RecordSet[], record: DnsRecord): void {
  const index = node.findIndex(([first]) => first.type === record.type)
  const set = node[index]
  if (!set) {
    node.push([record])
  } else if (!set.some(other => isSameRecord(other, record))) {
    const ttl = Math.min(record.ttl, set[0].ttl)
    const [first, ...others] = [...set, record].map(member => (member.ttl === ttl ? member : { ...member, ttl }))
    if (first) node[index] = [first, ...others]
  }
}

/** Returns true if two records of one owner have the same type and data, whatever their TTLs (RFC 2181, section 5). */
export function isSameRecord(record: DnsRecord, other: DnsRecord): boolean {
  return record.type === other.type && dataKey(record) === dataKey(other)
}

/** Returns a key that differs for different records of one owner and type. */
export function dataKey(record: DnsRecord): string {
  const text = printRdata(record)
  return NAMES_ONLY.has(record.type) ? fold(text) : text
}

/** Types whose data has text only in names, which are compared without case (RFC 4034, section 6.2). */
const NAMES_ONLY: ReadonlySet<TypeName> = new Set<TypeName>(['NS', 'CNAME', 'DNAME', 'PTR', 'SOA', 'MX', 'SRV', 'RP'])

/**
 * A node as a zone stores it: a single record without the two arrays around it. Most names of large zones have one record, so
 * this saves about a third of the memory.
 */
export type CompactNode = DnsRecord | Node

export function compact(node: Node): CompactNode {
  const [set, ...others] = node
  return set?.length === 1 && others.length === 0 ? set[0] : node
}

export function expand(stored: CompactNode): Node {
  return isNode(stored) ? stored : [[stored]]
}

function isNode(stored: CompactNode): stored is Node {
  return Array.isArray(stored)
}
