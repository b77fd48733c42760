/**
 * The answer to one question from the zones served (RFC 1034, section 4.3.2). Nothing is asked of anybody else: what is
 * outside the zones is refused, and a chain of CNAMEs is followed as long as it stays inside its zone. Pure.
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

/** What an answer adds to the question. */
export type Answer = Pick<Message, 'rcode' | 'answers' | 'authorities' | 'additionals'> & { readonly aa: boolean }

/** How many CNAMEs and DNAMEs one answer follows. */
const MAX_CHAIN = 16

const NO_RECORDS: readonly DnsRecord[] = []

/** Answers a question of class IN. */
export function answer(zones: Zones, question: Question): Answer {
  const zone = findZone(zones, fold(question.name), question.type)
  if (!zone) return { rcode: 'REFUSED', aa: false, answers: [], authorities: [], additionals: [] }
  return new Answering(zone, question.type).answer(question.name)
}

/** The zone that holds the name: the one with the longest origin. A delegated zone's DS is looked up in the one above. */
export function findZone(zones: Zones, name: string, type: TypeName): Zone | undefined {
  let origin: string | undefined = name
  let atName: Zone | undefined
  while (origin !== undefined) {
    const zone = zones.get(origin)
    if (zone && !(type === 'DS' && origin === name)) return zone
    atName ??= zone
    origin = parentOf(origin)
  }
  return atName
}

/** One answer in the making. */
class Answering {
  readonly #zone: Zone
  readonly #type: TypeName
  readonly #answers: DnsRecord[] = []
  /** The names that the chain has come by. */
  readonly #visited = new Set<string>()

  constructor(zone: Zone, type: TypeName) {
    this.#zone = zone
    this.#type = type
  }

  answer(name: string): Answer {
    const folded = fold(name)
    const inside = isAtOrBelow(folded, this.#zone.origin)
    if (!inside || this.#visited.has(folded) || this.#visited.size > MAX_CHAIN) return this.#done('NOERROR')
    this.#visited.add(folded)
    const place = lookUp(this.#zone, folded, this.#type)
    if (place.kind === 'absent') return this.#negative('NXDOMAIN')
    if (place.kind === 'cut') return this.#done('NOERROR', place.delegation, this.#answers.length > 0)
    if (place.kind === 'dname') return this.#redirect(name, place.dname)
    return this.#atNode(name, place.node)
  }

  #atNode(name: string, node: Node): Answer {
    const cname = recordSet(node, 'CNAME')?.[0]
    if (cname?.type === 'CNAME' && !this.#isWithCname()) {
      this.#add(name, [cname])
      return this.answer(cname.data)
    }
    const sets = this.#type === 'ANY' ? node : node.filter(([first]) => first.type === this.#type)
    if (sets.length === 0) return this.#negative('NOERROR')
    for (const set of sets) this.#add(name, set)
    return this.#done('NOERROR', this.#nameServers())
  }

  /** True where what is asked for stands at the name of a CNAME itself, if anywhere. */
  #isWithCname(): boolean {
    return this.#type === 'CNAME' || this.#type === 'ANY' || BESIDE_CNAME.has(this.#type)
  }

  /** RFC 6672, section 3.1: the CNAME that a DNAME stands for is written out, since not every client knows DNAME. */
  #redirect(name: string, dname: RecordOf<'DNAME'>): Answer {
    // A chain can come by the same DNAME twice; the answer holds it once.
    if (!this.#answers.includes(dname)) this.#answers.push(dname)
    const below = name.slice(0, name.length - dname.name.length - 1)
    const target = substitute(below, dname.data)
    if (target === undefined) return this.#done('YXDOMAIN')
    this.#answers.push({ name, type: 'CNAME', class: 'IN', ttl: dname.ttl, data: target })
    // Who asks for the CNAME has it now.
    return this.#type === 'CNAME' ? this.#done('NOERROR') : this.answer(target)
  }

  /** Adds records under the name as it was asked: of a wildcard's too, and with the case of the question. */
  #add(name: string, records: readonly DnsRecord[]): void {
    for (const record of records) this.#answers.push(record.name === name ? record : { ...record, name })
  }

  /** The zone's own NS records, unless they are the answer, or it is about another zone's keys (RFC 4035, section 3.1.4). */
  #nameServers(): readonly DnsRecord[] {
    const { origin } = this.#zone
    if (this.#type === 'DS') return NO_RECORDS
    const answered = this.#answers.some(({ name, type }) => type === 'NS' && fold(name) === origin)
    return answered ? NO_RECORDS : nameServersOf(this.#zone).records
  }

  /** RFC 2308, section 3: the SOA, with the time for which "it is not there" may be kept. */
  #negative(rcode: Rcode): Answer {
    const { soa } = this.#zone
    return this.#done(rcode, [{ ...soa, ttl: Math.min(soa.ttl, soa.data.minimum) }])
  }

  #done(rcode: Rcode, authorities: readonly DnsRecord[] = [], aa = true): Answer {
    const additionals = additionalsFor(this.#zone, this.#answers, authorities)
    return { rcode, aa, answers: this.#answers, authorities, additionals }
  }
}

/** The target of a redirected name; undefined where it would be too long to be one. */
function substitute(below: string, target: string): string | undefined {
  try {
    return parseName(target === ROOT ? `${below}.` : `${below}.${target}.`)
  } catch (error) {
    if (error instanceof NameError) return undefined
    throw error
  }
}
