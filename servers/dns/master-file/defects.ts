/**
 * What is wrong with a zone as a whole, once each of its records can be read: names that records point to, and records
 * that nobody will ever be given. The rules are those of BIND's named-checkzone, except where a comment says so. Pure.
 */
import type { DnsRecord } from '../../../shared/dns/message.ts'
import { absolute, fold, isAtOrBelow, parentOf, ROOT } from '../../../shared/dns/name.ts'
import { lookUp, type Place } from '../lookup.ts'
import { type Node, recordSet, type Zone } from '../zone/zone.ts'

/**
 * - `wrong`: the zone contradicts itself, and resolvers that believe it go astray.
 * - `incomplete`: its own name servers are missing or have no address, which only matters where others delegate to it.
 * - `doubtful`: it can be served, and somebody will not get what was meant.
 */
export type Gravity = 'wrong' | 'incomplete' | 'doubtful'

export interface Defect {
  readonly gravity: Gravity
  /** What it is about; undefined where something is missing altogether. */
  readonly record: DnsRecord | undefined
  readonly reason: string
}

/**
 * Finds the defects of a zone.
 *
 * @param added folded names that get an address while the zone is served, the zone's name server among them
 * @yields undefined now and then, so that others may run
 */
export function* defectsOf(zone: Zone, added: ReadonlySet<string> = new Set()): Generator<Defect | undefined> {
  if (!recordSet(zone.node(zone.origin) ?? [], 'NS') && added.size === 0) {
    yield { gravity: 'incomplete', record: undefined, reason: `the zone ${absolute(zone.origin)} has no NS records` }
  }
  const places = new Places(zone, yield* isOpen(zone))
  let seen = 0
  for (const [name, node] of zone.names()) {
    if (++seen % NAMES_A_STEP === 0) yield
    yield* hidden(name, node, places)
    for (const set of node)
      if (targetOf(set[0]) !== undefined) for (const record of set) yield* pointers(zone, record, added)
  }
}

/** How many names are looked at before others may run. */
const NAMES_A_STEP = 500

/** True where the zone has no cut and no DNAME, as most have none: nothing is hidden then. */
function* isOpen(zone: Zone): Generator<undefined, boolean> {
  let seen = 0
  for (const [name, node] of zone.names()) {
    if (++seen % NAMES_A_STEP === 0) yield
    if ((name !== zone.origin && recordSet(node, 'NS')) || recordSet(node, 'DNAME')) return false
  }
  return true
}

/** Where names are that nobody is answered from. */
class Places {
  readonly #zone: Zone
  readonly #open: boolean

  constructor(zone: Zone, open: boolean) {
    this.#zone = zone
    this.#open = open
  }

  /** What hides the name from above. */
  above(name: string): Place | undefined {
    const parent = this.#open || name === this.#zone.origin ? undefined : parentOf(name)
    const place = parent === undefined ? undefined : lookUp(this.#zone, parent, 'NS')
    if (place?.kind === 'cut' || place?.kind === 'dname') return place
    const dname = parent === undefined ? undefined : recordSet(this.#zone.node(parent) ?? [], 'DNAME')?.[0]
    return dname?.type === 'DNAME' ? { kind: 'dname', dname } : undefined
  }
}

/** Below a cut only addresses are of use, as glue; below a DNAME nothing is (RFC 6672, section 2.4). */
function* hidden(name: string, node: Node, places: Places): Generator<Defect> {
  const place = node.length === 0 ? undefined : places.above(name)
  if (!place) return
  for (const [record] of node) {
    if (place.kind === 'dname') yield doubtful(record, `is below the DNAME of ${absolute(place.dname.name)}`)
    else if (place.kind === 'cut' && !isAddress(record)) {
      yield doubtful(record, `is below the delegation of ${absolute(place.delegation[0].name)}`)
    }
  }
}

function doubtful(record: DnsRecord, why: string): Defect {
  return {
    gravity: 'doubtful',
    record,
    reason: `${absolute(record.name)} ${why}, so its ${record.type} is never given`,
  }
}

function isAddress({ type }: DnsRecord): boolean {
  return type === 'A' || type === 'AAAA'
}

/** The name of a host that a record gives, or undefined. */
function targetOf(record: DnsRecord): string | undefined {
  const target = record.type === 'NS' ? record.data : undefined
  if (record.type === 'MX') return record.data.exchange
  return record.type === 'SRV' ? record.data.target : target
}

function* pointers(zone: Zone, record: DnsRecord, added: ReadonlySet<string>): Generator<Defect> {
  const target = targetOf(record)
  // The root is "no such service" (RFC 2782; RFC 7505).
  if (target === undefined || target === ROOT) return
  if (record.type === 'NS' && record.name.startsWith('*.')) {
    yield { gravity: 'wrong', record, reason: `a wildcard, ${absolute(record.name)}, cannot be delegated` }
  }
  if (looksLikeAddress(target, zone.origin)) {
    yield { gravity: 'doubtful', record, reason: `${record.type} names a host, and ${target} looks like an address` }
  }
  const folded = fold(target)
  if (!isAtOrBelow(folded, zone.origin) || added.has(folded)) return
  const problem = problemOf(zone, record, folded)
  if (problem) yield { record, ...problem }
}

/** Written without its last dot an address is completed with the origin. */
function looksLikeAddress(target: string, origin: string): boolean {
  const written = target.endsWith(`.${origin}`) ? target.slice(0, -origin.length - 1) : target
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(written)
}

type Problem = Pick<Defect, 'gravity' | 'reason'>

/** What is wrong with a target inside the zone. */
function problemOf(zone: Zone, record: DnsRecord, target: string): Problem | undefined {
  const place = lookUp(zone, target, 'A')
  const named = `the host of the ${record.type}, ${absolute(target)},`
  if (place.kind === 'cut') return glueProblem(zone, record, target, fold(place.delegation[0].name))
  if (place.kind === 'dname') {
    return { gravity: record.type === 'NS' ? 'wrong' : 'doubtful', reason: `${named} is below a DNAME` }
  }
  const node = place.kind === 'node' ? place.node : []
  // named-checkzone only warns of MX and SRV here; RFC 2181, section 10.3, and RFC 2782 forbid them like NS.
  if (recordSet(node, 'CNAME')) return { gravity: 'wrong', reason: `${named} is an alias (CNAME), which it may not be` }
  if (hasAddress(node)) return undefined
  const own = record.type === 'NS' && fold(record.name) === zone.origin
  return { gravity: own ? 'incomplete' : 'doubtful', reason: `${named} has no address (A or AAAA)` }
}

/**
 * Below a cut an address is glue: without it nobody finds the way to a name server that is named by what it serves (RFC
 * 9471). named-checkzone only tells of that; here the zone is refused.
 */
function glueProblem(zone: Zone, record: DnsRecord, target: string, cut: string): Problem | undefined {
  const isNeeded = record.type === 'NS' && isAtOrBelow(fold(record.name), cut)
  if (record.type !== 'NS' || hasAddress(zone.node(target) ?? [])) return undefined
  const reason = `the name server ${absolute(target)} of ${absolute(record.name)} has no glue (A or AAAA)`
  return { gravity: isNeeded ? 'wrong' : 'doubtful', reason }
}

function hasAddress(node: Node): boolean {
  return node.some(([first]) => isAddress(first))
}
