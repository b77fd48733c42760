/**
 * What an upstream's response is believed for: the chain of aliases that begins at the name asked, the records where it
 * ends, and what says that there are none (RFC 2181, section 5.4.1; RFC 5452, section 6). All else is left out. Pure.
 */
import type { TypeName } from '../../../shared/dns/codes.ts'
import { OPTION_CODES } from '../../../shared/dns/edns-options.ts'
import type { DnsRecord, EdnsOption, Message } from '../../../shared/dns/message.ts'
import { fold, isAtOrBelow, parentOf } from '../../../shared/dns/name.ts'
import { type ForwardQuery, failure, type Resolution } from './resolution.ts'

/** How many aliases of one response are followed. */
const MAX_CHAIN = 16
/** How many extended errors are passed on, and how long each may be: a line of text. */
const MAX_ERRORS = 3
const MAX_ERROR_BYTES = 130

/** DNSSEC's own records; who did not ask for signatures gets them only by their types. */
const PROOFS: ReadonlySet<TypeName> = new Set(['NSEC', 'NSEC3', 'RRSIG'])

/**
 * Reads a response to the question.
 *
 * @param inBailiwick whether this upstream is to be believed about a name; a chain that leaves ends there, as an alias
 */
export function scrub(asked: ForwardQuery, response: Message, inBailiwick: (name: string) => boolean): Resolution {
  const errors = extendedErrors(response)
  if (!SOUND.has(response.rcode)) return failure(...errors)
  const inClass = (record: DnsRecord) => record.class === 'IN'
  const answers = response.answers.filter(inClass)
  const authorities = response.authorities.filter(inClass)
  return new Scrubber(asked, { ...response, answers, authorities }, errors).from(asked.name, inBailiwick)
}

/** The rcodes that tell something of the name; all others tell of the upstream. */
const SOUND: ReadonlySet<Message['rcode']> = new Set(['NOERROR', 'NXDOMAIN', 'YXDOMAIN'])

function extendedErrors({ edns }: Message): EdnsOption[] {
  const fits = ({ code, data }: EdnsOption) =>
    code === OPTION_CODES.EDE && data.length >= 2 && data.length <= MAX_ERROR_BYTES
  // Copies: they may be kept for a while, and would hold all of the message that they lie in.
  return (edns?.options ?? [])
    .filter(fits)
    .slice(0, MAX_ERRORS)
    .map(({ code, data }) => ({ code, data: Buffer.from(data) }))
}

class Scrubber {
  readonly #asked: ForwardQuery
  readonly #response: Message
  readonly #errors: readonly EdnsOption[]
  /** The answer section by owner: a chain is followed without looking through all of it at each step. */
  readonly #byOwner: ReadonlyMap<string, DnsRecord[]>
  /** In the order of being added. */
  readonly #chain = new Set<DnsRecord>()

  constructor(asked: ForwardQuery, response: Message, errors: readonly EdnsOption[]) {
    this.#asked = asked
    this.#response = response
    this.#errors = errors
    this.#byOwner = groupByOwner(response.answers)
  }

  from(start: string, inBailiwick: (name: string) => boolean): Resolution {
    const visited = new Set<string>()
    let name = start
    while (visited.size <= MAX_CHAIN && !visited.has(fold(name))) {
      if (visited.size > 0 && !inBailiwick(fold(name))) return this.#alias(name)
      visited.add(fold(name))
      const there = this.#byOwner.get(fold(name)) ?? []
      const wanted = there.filter(({ type }) => type === this.#asked.type || this.#asked.type === 'ANY')
      if (wanted.length > 0) return this.#positive([...this.#chain, ...this.#signed(there, wanted)])
      this.#add(this.#dnamesAbove(fold(name), inBailiwick))
      const cname = there.find(({ type }) => type === 'CNAME')
      if (cname?.type !== 'CNAME') return this.#end(name)
      this.#add(this.#signed(there, [cname]))
      name = cname.data
    }
    // A circle, or a chain that nobody means (RFC 1034, section 3.6.2: such chains are an error).
    return failure(...this.#errors)
  }

  #positive(answers: readonly DnsRecord[]): Resolution {
    const authorities = this.#asked.dnssecOk ? this.#response.authorities.filter(isProof) : []
    return { ...this.#found(), kind: 'positive', answers, authorities }
  }

  #alias(target: string): Resolution {
    return { ...this.#found(), rcode: 'NOERROR', kind: 'alias', target, answers: [...this.#chain], authorities: [] }
  }

  /** Where the chain ends in no records: the name is not there, nothing of the type is at it, or it is unsaid. */
  #end(name: string): Resolution {
    const { rcode, authorities } = this.#response
    if (rcode === 'YXDOMAIN') return this.#positive([...this.#chain])
    const above = authorities.filter(record => isProof(record) || isAtOrBelow(fold(name), fold(record.name)))
    const proof = above.filter(record => record.type === 'SOA' || (this.#asked.dnssecOk && isProof(record)))
    const told = rcode === 'NXDOMAIN' || proof.some(({ type }) => type === 'SOA')
    if (!told && this.#chain.size > 0) return this.#alias(name)
    // A referral (RFC 2308, section 2.2): this server knows who knows, and does not ask them for us.
    if (!told && above.some(({ type }) => type === 'NS')) return failure(...this.#errors)
    return { ...this.#found(), kind: 'negative', answers: [...this.#chain], authorities: proof }
  }

  #found() {
    return { rcode: this.#response.rcode, errors: this.#errors }
  }

  #add(records: readonly DnsRecord[]): void {
    for (const record of records) this.#chain.add(record)
  }

  /** RFC 6672, section 3.1: beside a CNAME made for it, the DNAME goes along. */
  #dnamesAbove(name: string, inBailiwick: (name: string) => boolean): DnsRecord[] {
    for (let above = parentOf(name); above !== undefined; above = parentOf(above)) {
      const there = this.#byOwner.get(above) ?? []
      const dname = there.find(({ type }) => type === 'DNAME')
      if (dname && inBailiwick(above)) return this.#signed(there, [dname])
    }
    return []
  }

  /** Records of one owner, and with DO the signatures over their types. */
  #signed(there: readonly DnsRecord[], records: readonly DnsRecord[]): DnsRecord[] {
    if (!this.#asked.dnssecOk) return [...records]
    const kinds = new Set<TypeName>(records.map(({ type }) => type))
    const signs = (record: DnsRecord) => {
      const type = covered(record)
      return type !== undefined && kinds.has(type)
    }
    // Signatures can be signed themselves where they are what is asked for.
    return [...new Set([...records, ...there.filter(signs)])]
  }
}

function groupByOwner(records: readonly DnsRecord[]): Map<string, DnsRecord[]> {
  const byOwner = new Map<string, DnsRecord[]>()
  for (const record of records) {
    const owner = fold(record.name)
    const before = byOwner.get(owner)
    if (before) before.push(record)
    else byOwner.set(owner, [record])
  }
  return byOwner
}

function isProof({ type }: DnsRecord): boolean {
  return PROOFS.has(type)
}

/** The type that a signature is over. */
function covered(record: DnsRecord): TypeName | undefined {
  return record.type === 'RRSIG' ? record.data.typeCovered : undefined
}
