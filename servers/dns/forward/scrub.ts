/**
 * Accepts from an upstream's response only the chain of aliases from the queried name, the records at its end, and the proof of a
 * negative answer (RFC 2181, section 5.4.1; RFC 5452, section 6). Drops everything else. Pure.
 */
import type { TypeName } from '../../../shared/dns/codes.ts'
import { OPTION_CODES } from '../../../shared/dns/edns-options.ts'
import type { DnsRecord, EdnsOption, Message } from '../../../shared/dns/message.ts'
import { fold, isAtOrBelow, parentOf } from '../../../shared/dns/name.ts'
import { type ForwardQuery, failure, type Resolution } from './resolution.ts'

/** How many aliases of one response are followed. */
const MAX_CHAIN = 16
/** Limits of the extended errors that clients receive. */
const MAX_ERRORS = 3
const MAX_ERROR_BYTES = 130

/** DNSSEC proofs; without DO, clients get them only if they query their types. */
const PROOFS: ReadonlySet<TypeName> = new Set(['NSEC', 'NSEC3', 'RRSIG'])

/**
 * Converts a response to a resolution.
 *
 * @param inBailiwick returns true for names of this upstream; a chain that reaches another name ends there, as an alias
 */
export function scrub(query: ForwardQuery, response: Message, inBailiwick: (name: string) => boolean): Resolution {
  const errors = extendedErrors(response)
  if (!CONCLUSIVE.has(response.rcode)) return failure(...errors)
  const inClass = (record: DnsRecord) => record.class === 'IN'
  const answers = response.answers.filter(inClass)
  const authorities = response.authorities.filter(inClass)
  return new Scrubber(query, { ...response, answers, authorities }, errors).resolve(query.name, inBailiwick)
}

/** The rcodes that describe the name; all others describe a failure of the upstream. */
const CONCLUSIVE: ReadonlySet<Message['rcode']> = new Set(['NOERROR', 'NXDOMAIN', 'YXDOMAIN'])

function extendedErrors({ edns }: Message): EdnsOption[] {
  const fits = ({ code, data }: EdnsOption) =>
    code === OPTION_CODES.EDE && data.length >= 2 && data.length <= MAX_ERROR_BYTES
  // Copies, because the cache may store them: views would retain the whole message.
  return (edns?.options ?? [])
    .filter(fits)
    .slice(0, MAX_ERRORS)
    .map(({ code, data }) => ({ code, data: Buffer.from(data) }))
}

class Scrubber {
  readonly #query: ForwardQuery
  readonly #response: Message
  readonly #errors: readonly EdnsOption[]
  /** The answer section by owner, so that following a chain does not scan all records at each step. */
  readonly #byOwner: ReadonlyMap<string, DnsRecord[]>
  readonly #chain = new Set<DnsRecord>()

  constructor(query: ForwardQuery, response: Message, errors: readonly EdnsOption[]) {
    this.#query = query
    this.#response = response
    this.#errors = errors
    this.#byOwner = groupByOwner(response.answers)
  }

  resolve(start: string, inBailiwick: (name: string) => boolean): Resolution {
    const visited = new Set<string>()
    let name = start
    while (visited.size <= MAX_CHAIN && !visited.has(fold(name))) {
      if (visited.size > 0 && !inBailiwick(fold(name))) return this.#alias(name)
      visited.add(fold(name))
      const atName = this.#byOwner.get(fold(name)) ?? []
      const matching = atName.filter(({ type }) => type === this.#query.type || this.#query.type === 'ANY')
      if (matching.length > 0) return this.#positive([...this.#chain, ...this.#signed(atName, matching)])
      this.#add(this.#dnamesAbove(fold(name), inBailiwick))
      const cname = atName.find(({ type }) => type === 'CNAME')
      if (cname?.type !== 'CNAME') return this.#end(name)
      this.#add(this.#signed(atName, [cname]))
      name = cname.data
    }
    // A loop, or a chain that is too long (RFC 1034, section 3.6.2: such chains are an error).
    return failure(...this.#errors)
  }

  #positive(answers: readonly DnsRecord[]): Resolution {
    const authorities = this.#query.dnssecOk ? this.#response.authorities.filter(isProof) : []
    return { ...this.#common(), kind: 'positive', answers, authorities }
  }

  #alias(target: string): Resolution {
    return { ...this.#common(), rcode: 'NOERROR', kind: 'alias', target, answers: [...this.#chain], authorities: [] }
  }

  /** The chain ends without records: NXDOMAIN, NODATA, or the response does not cover the name. */
  #end(name: string): Resolution {
    const { rcode, authorities } = this.#response
    if (rcode === 'YXDOMAIN') return this.#positive([...this.#chain])
    const above = authorities.filter(record => isProof(record) || isAtOrBelow(fold(name), fold(record.name)))
    const proof = above.filter(record => record.type === 'SOA' || (this.#query.dnssecOk && isProof(record)))
    const isConclusive = rcode === 'NXDOMAIN' || proof.some(({ type }) => type === 'SOA')
    if (!isConclusive && this.#chain.size > 0) return this.#alias(name)
    // A referral (RFC 2308, section 2.2): the upstream does not recurse.
    if (!isConclusive && above.some(({ type }) => type === 'NS')) return failure(...this.#errors)
    return { ...this.#common(), kind: 'negative', answers: [...this.#chain], authorities: proof }
  }

  #common() {
    return { rcode: this.#response.rcode, errors: this.#errors }
  }

  #add(records: readonly DnsRecord[]): void {
    for (const record of records) this.#chain.add(record)
  }

  /** RFC 6672, section 3.1: the DNAME precedes the CNAME that is synthesized from it. */
  #dnamesAbove(name: string, inBailiwick: (name: string) => boolean): DnsRecord[] {
    for (let above = parentOf(name); above !== undefined; above = parentOf(above)) {
      const atName = this.#byOwner.get(above) ?? []
      const dname = atName.find(({ type }) => type === 'DNAME')
      if (dname && inBailiwick(above)) return this.#signed(atName, [dname])
    }
    return []
  }

  /** Returns records of one owner; with DO, also the signatures of their types. */
  #signed(atName: readonly DnsRecord[], records: readonly DnsRecord[]): DnsRecord[] {
    if (!this.#query.dnssecOk) return [...records]
    const types = new Set<TypeName>(records.map(({ type }) => type))
    const coversRecords = (record: DnsRecord) => {
      const type = coveredType(record)
      return type !== undefined && types.has(type)
    }
    // In a response to an RRSIG query, signatures are records too: the set removes duplicates.
    return [...new Set([...records, ...atName.filter(coversRecords)])]
  }
}

function groupByOwner(records: readonly DnsRecord[]): Map<string, DnsRecord[]> {
  const byOwner = new Map<string, DnsRecord[]>()
  for (const record of records) {
    const owner = fold(record.name)
    const previous = byOwner.get(owner)
    if (previous) previous.push(record)
    else byOwner.set(owner, [record])
  }
  return byOwner
}

function isProof({ type }: DnsRecord): boolean {
  return PROOFS.has(type)
}

/** Returns the type that a signature covers. */
function coveredType(record: DnsRecord): TypeName | undefined {
  return record.type === 'RRSIG' ? record.data.typeCovered : undefined
}
