/**
 * A zone: its names, and the records at each. A name without records of its own that has names under it (an "empty
 * non-terminal", RFC 8499) is there as well, since it exists. Pure.
 */

import { runToCompletion } from '../../../shared/async/cooperative.ts'
import type { TypeName } from '../../../shared/dns/codes.ts'
import type { DnsRecord, RecordOf } from '../../../shared/dns/message.ts'
import { absolute, fold } from '../../../shared/dns/name.ts'
import { printRdata } from '../../../shared/dns/print.ts'
import { type MasterFile, parseMasterFile, type Report, refuse, zoneError } from '../master-file/master-file.ts'
import { ZoneBuilder } from './zone-builder.ts'

/** All records of one owner and type (RFC 2181, section 5); their TTLs are equal. */
export type RecordSet = readonly [DnsRecord, ...DnsRecord[]]

/** What a name has: its record sets, none for an empty non-terminal. */
export type Node = readonly RecordSet[]

export interface Zone {
  /** The zone's own name, folded. */
  readonly origin: string
  readonly soa: RecordOf<'SOA'>
  /** The node of a folded name; undefined where the name does not exist. */
  node(name: string): Node | undefined
  /** The names that exist, folded, with their nodes. */
  names(): Iterable<readonly [string, Node]>
  /** All records, the SOA first. */
  records(): Iterable<DnsRecord>
  /** The next version of it, with another SOA and these nodes. The names between them and the origin come and go. */
  with(soa: RecordOf<'SOA'>, changes: NodeChanges): Zone
}

/** Nodes by their folded names; an empty one has no records any more. */
export type NodeChanges = ReadonlyMap<string, Node>

/** The records of that type, if there are any. */
export function recordSet(node: Node, type: TypeName): RecordSet | undefined {
  return node.find(([first]) => first.type === type)
}

/**
 * Reads a zone.
 *
 * @throws ZoneError for the first thing wrong with it; a zone is served as a whole or not at all
 */
export function readZone(source: MasterFile): Zone {
  return runToCompletion(readingZone(source))
}

/** How many records are read before others may run: about a millisecond's work. */
const RECORDS_A_STEP = 500

/**
 * The same in small steps, between which others may run.
 *
 * @param report is told what is wrong; what it was about is left out then, unless it throws
 * @throws ZoneError at the end where there is no SOA, whatever `report` does
 */
export function* readingZone(source: MasterFile, report: Report = refuse): Generator<void, Zone> {
  const origin = fold(source.origin)
  const builder = new ZoneBuilder(origin)
  let read = 0
  for (const parsed of parseMasterFile(source, report)) {
    const problem = builder.add(parsed.record)
    if (problem) report(zoneError(parsed.source, parsed.line, problem))
    if (++read % RECORDS_A_STEP === 0) yield
  }
  const zone = builder.build()
  if (!zone) throw zoneError(source, 1, `the zone ${absolute(origin)} has no SOA record`)
  return zone
}

/** Types that may stand beside a CNAME (RFC 4034, sections 3 and 4). */
export const BESIDE_CNAME: ReadonlySet<TypeName> = new Set<TypeName>(['RRSIG', 'NSEC'])
/** Types of which a name can have one record only (RFC 1034, section 3.6.2; RFC 6672, section 2.4). */
export const SINGLE: ReadonlySet<TypeName> = new Set<TypeName>(['SOA', 'CNAME', 'DNAME'])

/** Why the record cannot stand with those already there. */
export function findProblem(node: Node, record: DnsRecord, atOrigin: boolean): string | undefined {
  const { type } = record
  if (SINGLE.has(type) && recordSet(node, type)?.some(other => !isSame(other, record))) {
    return `${absolute(record.name)} has two ${type} records`
  }
  const present = node.map(([first]) => first.type)
  return conflictOf(record.name, type, present, atOrigin)
}

/** Why a name that has records of the other types cannot have one of this (RFC 1034, section 3.6.2). */
export function conflictOf(
  name: string,
  type: TypeName,
  present: Iterable<TypeName>,
  atOrigin: boolean,
): string | undefined {
  if (type === 'SOA' && !atOrigin) return `${absolute(name)} has an SOA record and is not the zone's own name`
  const others = [...present].filter(other => other !== type && !BESIDE_CNAME.has(other))
  const beside = type === 'CNAME' ? others[0] : others.find(other => other === 'CNAME')
  if (!beside || BESIDE_CNAME.has(type)) return undefined
  return `${absolute(name)} has a CNAME record, so it can have no other data (${type === 'CNAME' ? beside : type})`
}

/** Adds a record to its set. The same record twice is one; TTLs that differ become the least (RFC 2181, section 5.2). */
export function addRecord(node: RecordSet[], record: DnsRecord): void {
  const index = node.findIndex(([first]) => first.type === record.type)
  const set = node[index]
  if (!set) {
    node.push([record])
  } else if (!set.some(other => isSame(other, record))) {
    const ttl = Math.min(record.ttl, set[0].ttl)
    const [first, ...rest] = [...set, record].map(one => (one.ttl === ttl ? one : { ...one, ttl }))
    if (first) node[index] = [first, ...rest]
  }
}

/** The same data, and of one owner and type the same record (RFC 2181, section 5). */
export function isSame(one: DnsRecord, other: DnsRecord): boolean {
  return one.type === other.type && dataKey(one) === dataKey(other)
}

/** What tells the records of one owner and type apart. */
export function dataKey(record: DnsRecord): string {
  const text = printRdata(record)
  return NAMES_ONLY.has(record.type) ? fold(text) : text
}

/** Types whose data has letters in names only, where their case does not matter (RFC 4034, section 6.2). */
const NAMES_ONLY: ReadonlySet<TypeName> = new Set<TypeName>(['NS', 'CNAME', 'DNAME', 'PTR', 'SOA', 'MX', 'SRV', 'RP'])
