/**
 * Finds the defects of a zone whose records are each valid: hosts without addresses, missing glue, records that no query can
 * reach. The rules are those of BIND's named-checkzone; comments name the exceptions. Pure.
 */
import type { DnsRecord } from '../../../shared/dns/message.ts'
import { absolute, fold, isAtOrBelow, parentOf, ROOT } from '../../../shared/dns/name.ts'
import { type LookupResult, lookUp } from '../query/lookup.ts'
import { type Node, recordSet } from '../zone/node.ts'
import type { Zone } from '../zone/zone.ts'

/**
 * - `error`: the zone contradicts itself, and resolvers fail or get wrong answers.
 * - `incomplete`: the zone's own name servers are missing or have no address. Only a delegated zone needs them.
 * - `warning`: the zone can be served, but is probably not what its author meant.
 */
export type Severity = 'error' | 'incomplete' | 'warning'

export interface Defect {
  readonly severity: Severity
  /** Undefined if the defect is a missing record. */
  readonly record: DnsRecord | undefined
  readonly reason: string
}

/**
 * Finds the defects of a zone.
 *
 * @param added folded names that the server adds with addresses, the zone's name server among them
 * @yields undefined every few names, so that the caller can let other work run
 */
export function* findDefects(zone: Zone, added: ReadonlySet<string> = new Set()): Generator<Defect | undefined> {
  if (!recordSet(zone.node(zone.origin) ?? [], 'NS') && added.size === 0) {
    yield { severity: 'incomplete', record: undefined, reason: `the zone ${absolute(zone.origin)} has no NS records` }
  }
  const mayHideNames = yield* hasCutOrDname(zone)
  let count = 0
  for (const [name, node] of zone.names()) {
    if (++count % NAMES_PER_STEP === 0) yield
    if (mayHideNames) yield* findHiddenRecords(zone, name, node)
    for (const set of node) {
      if (hostOf(set[0]) === undefined) continue
      for (const record of set) yield* checkHost(zone, record, added)
    }
  }
}

const NAMES_PER_STEP = 500

/** Most zones have neither a cut nor a DNAME, so they have no hidden names. */
function* hasCutOrDname(zone: Zone): Generator<undefined, boolean> {
  let count = 0
  for (const [name, node] of zone.names()) {
    if (++count % NAMES_PER_STEP === 0) yield
    if ((name !== zone.origin && recordSet(node, 'NS')) || recordSet(node, 'DNAME')) return true
  }
  return false
}

/** Queries reach only addresses below a cut, as glue, and nothing below a DNAME (RFC 6672, section 2.4). */
function* findHiddenRecords(zone: Zone, name: string, node: Node): Generator<Defect> {
  const place = node.length === 0 ? undefined : findCutOrDnameAbove(zone, name)
  if (!place) return
  for (const [record] of node) {
    if (place.kind === 'dname') yield hiddenRecord(record, `is below the DNAME of ${absolute(place.dname.name)}`)
    else if (place.kind === 'cut' && !isAddress(record)) {
      yield hiddenRecord(record, `is below the delegation of ${absolute(place.delegation[0].name)}`)
    }
  }
}

function findCutOrDnameAbove(zone: Zone, name: string): LookupResult | undefined {
  const parent = name === zone.origin ? undefined : parentOf(name)
  if (parent === undefined) return undefined
  const place = lookUp(zone, parent, 'NS')
  if (place.kind === 'cut' || place.kind === 'dname') return place
  const dname = recordSet(zone.node(parent) ?? [], 'DNAME')?.[0]
  return dname?.type === 'DNAME' ? { kind: 'dname', dname } : undefined
}

function hiddenRecord(record: DnsRecord, reason: string): Defect {
  return {
    severity: 'warning',
    record,
    reason: `${absolute(record.name)} ${reason}, so no query can reach its ${record.type}`,
  }
}

function isAddress({ type }: DnsRecord): boolean {
  return type === 'A' || type === 'AAAA'
}

/** Returns the host name in the data of an NS, MX or SRV record, or undefined. */
function hostOf(record: DnsRecord): string | undefined {
  if (record.type === 'NS') return record.data
  if (record.type === 'MX') return record.data.exchange
  return record.type === 'SRV' ? record.data.target : undefined
}

function* checkHost(zone: Zone, record: DnsRecord, added: ReadonlySet<string>): Generator<Defect> {
  const host = hostOf(record)
  // The root as host means that there is no such service (RFC 2782; RFC 7505).
  if (host === undefined || host === ROOT) return
  if (record.type === 'NS' && record.name.startsWith('*.')) {
    yield { severity: 'error', record, reason: `the wildcard ${absolute(record.name)} cannot be delegated` }
  }
  if (looksLikeAddress(host, zone.origin)) {
    yield { severity: 'warning', record, reason: `the host of the ${record.type}, ${host}, looks like an address` }
  }
  const folded = fold(host)
  if (!isAtOrBelow(folded, zone.origin) || added.has(folded)) return
  const problem = findHostProblem(zone, record, folded)
  if (problem) yield { record, ...problem }
}

/** An address without a final dot has the origin appended, like any relative name. */
function looksLikeAddress(host: string, origin: string): boolean {
  const relative = host.endsWith(`.${origin}`) ? host.slice(0, -origin.length - 1) : host
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(relative)
}

type HostProblem = Pick<Defect, 'severity' | 'reason'>

function findHostProblem(zone: Zone, record: DnsRecord, host: string): HostProblem | undefined {
  const place = lookUp(zone, host, 'A')
  const subject = `the host of the ${record.type}, ${absolute(host)},`
  if (place.kind === 'cut') return findGlueProblem(zone, record, host, fold(place.delegation[0].name))
  if (place.kind === 'dname') {
    return { severity: record.type === 'NS' ? 'error' : 'warning', reason: `${subject} is below a DNAME` }
  }
  const node = place.kind === 'node' ? place.node : []
  // named-checkzone only warns about MX and SRV; RFC 2181, section 10.3, and RFC 2782 forbid this for them too.
  if (recordSet(node, 'CNAME')) {
    return { severity: 'error', reason: `${subject} is an alias (CNAME), which is not allowed` }
  }
  if (hasAddress(node)) return undefined
  const isApexNs = record.type === 'NS' && fold(record.name) === zone.origin
  return { severity: isApexNs ? 'incomplete' : 'warning', reason: `${subject} has no address (A or AAAA)` }
}

/**
 * An address below a cut is glue. Without it, resolvers cannot find a name server whose name is below the cut (RFC 9471).
 * named-checkzone only warns about this.
 */
function findGlueProblem(zone: Zone, record: DnsRecord, host: string, cut: string): HostProblem | undefined {
  const isRequired = record.type === 'NS' && isAtOrBelow(fold(record.name), cut)
  if (record.type !== 'NS' || hasAddress(zone.node(host) ?? [])) return undefined
  const reason = `the name server ${absolute(host)} of ${absolute(record.name)} has no glue (A or AAAA)`
  return { severity: isRequired ? 'error' : 'warning', reason }
}

function hasAddress(node: Node): boolean {
  return node.some(([first]) => isAddress(first))
}
