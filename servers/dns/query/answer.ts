/**
 * Answers a question from the zones of the server (RFC 1034, section 4.3.2): follows CNAMEs within a zone, and refuses names
 * outside all zones. Pure.
 */
import type { Rcode, TypeName } from '../../../shared/dns/codes.ts'
import type { DnsRecord, Message, Question, RecordOf } from '../../../shared/dns/message.ts'
import { fold, isAtOrBelow, NameError, parentOf, parseName, ROOT } from '../../../shared/dns/name.ts'
import { BESIDE_CNAME, type Node, recordSet } from '../zone/node.ts'
import type { Zone } from '../zone/zone.ts'
import { additionalsFor, nameServersOf } from './additionals.ts'
import { lookUp } from './lookup.ts'

/** Zones by their folded origins. */
export type Zones = ReadonlyMap<string, Zone>

/** The parts of a response that depend on the zones. */
export type Answer = Pick<Message, 'rcode' | 'answers' | 'authorities' | 'additionals'> & { readonly aa: boolean }

/** How many CNAMEs and DNAMEs one answer follows. */
const MAX_CHAIN = 16

const NO_RECORDS: readonly DnsRecord[] = []

/** Answers a question of class IN. */
export function answer(zones: Zones, question: Question): Answer {
  const zone = findZone(zones, fold(question.name), question.type)
  if (!zone) return { rcode: 'REFUSED', aa: false, answers: [], authorities: [], additionals: [] }
  return new AnswerBuilder(zone, question.type).answer(question.name)
}

/** Returns the zone with the longest origin that contains the name. The parent zone has the DS records of its child. */
export function findZone(zones: Zones, name: string, type: TypeName): Zone | undefined {
  let origin: string | undefined = name
  let child: Zone | undefined
  while (origin !== undefined) {
    const zone = zones.get(origin)
    if (zone && !(type === 'DS' && origin === name)) return zone
    child ??= zone
    origin = parentOf(origin)
  }
  return child
}

class AnswerBuilder {
  readonly #zone: Zone
  readonly #type: TypeName
  readonly #answers: DnsRecord[] = []
  /** The names of the chain, to detect loops. */
  readonly #visited = new Set<string>()

  constructor(zone: Zone, type: TypeName) {
    this.#zone = zone
    this.#type = type
  }

  answer(name: string): Answer {
    const folded = fold(name)
    const isInside = isAtOrBelow(folded, this.#zone.origin)
    if (!isInside || this.#visited.has(folded) || this.#visited.size > MAX_CHAIN) return this.#build('NOERROR')
    this.#visited.add(folded)
    const result = lookUp(this.#zone, folded, this.#type)
    if (result.kind === 'absent') return this.#negative('NXDOMAIN')
    if (result.kind === 'cut') return this.#build('NOERROR', result.delegation, this.#answers.length > 0)
    if (result.kind === 'dname') return this.#followDname(name, result.dname)
    return this.#answerFrom(result.node, name)
  }

  #answerFrom(node: Node, name: string): Answer {
    const cname = recordSet(node, 'CNAME')?.[0]
    if (cname?.type === 'CNAME' && !this.#isBesideCname()) {
      this.#add(name, [cname])
      return this.answer(cname.data)
    }
    const sets = this.#type === 'ANY' ? node : node.filter(([first]) => first.type === this.#type)
    if (sets.length === 0) return this.#negative('NOERROR')
    for (const set of sets) this.#add(name, set)
    return this.#build('NOERROR', this.#nameServers())
  }

  /** True if the alias itself can have records of the queried type, so the query does not follow it. */
  #isBesideCname(): boolean {
    return this.#type === 'CNAME' || this.#type === 'ANY' || BESIDE_CNAME.has(this.#type)
  }

  /** RFC 6672, section 3.1: the response has a CNAME synthesized from the DNAME, for clients that do not know DNAME. */
  #followDname(name: string, dname: RecordOf<'DNAME'>): Answer {
    // A chain can use the same DNAME twice; the answer contains it once.
    if (!this.#answers.includes(dname)) this.#answers.push(dname)
    const below = name.slice(0, name.length - dname.name.length - 1)
    const target = substitute(below, dname.data)
    if (target === undefined) return this.#build('YXDOMAIN')
    this.#answers.push({ name, type: 'CNAME', class: 'IN', ttl: dname.ttl, data: target })
    return this.#type === 'CNAME' ? this.#build('NOERROR') : this.answer(target)
  }

  /** Adds records under the queried name: it can match a wildcard, and keeps the case of the query. */
  #add(name: string, records: readonly DnsRecord[]): void {
    for (const record of records) this.#answers.push(record.name === name ? record : { ...record, name })
  }

  /** Returns the NS records of the zone, unless the answer has them or is a DS (RFC 4035, section 3.1.4). */
  #nameServers(): readonly DnsRecord[] {
    const { origin } = this.#zone
    if (this.#type === 'DS') return NO_RECORDS
    const isAnswered = this.#answers.some(({ name, type }) => type === 'NS' && fold(name) === origin)
    return isAnswered ? NO_RECORDS : nameServersOf(this.#zone).records
  }

  /** RFC 2308, section 3: the TTL of the SOA is the time for which resolvers may cache the negative answer. */
  #negative(rcode: Rcode): Answer {
    const { soa } = this.#zone
    return this.#build(rcode, [{ ...soa, ttl: Math.min(soa.ttl, soa.data.minimum) }])
  }

  #build(rcode: Rcode, authorities: readonly DnsRecord[] = [], aa = true): Answer {
    const additionals = additionalsFor(this.#zone, this.#answers, authorities)
    return { rcode, aa, answers: this.#answers, authorities, additionals }
  }
}

/** Returns the target of a name below a DNAME; undefined if it is too long. */
function substitute(below: string, target: string): string | undefined {
  try {
    return parseName(target === ROOT ? `${below}.` : `${below}.${target}.`)
  } catch (error) {
    if (error instanceof NameError) return undefined
    throw error
  }
}
