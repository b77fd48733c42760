/**
 * What upstreams have said, kept for as long as they allow (RFC 1035, section 7.4; RFC 2181, section 5.2; RFC 2308,
 * section 5; RFC 9520). A stale answer is never given. Time comes in, in milliseconds of a clock that only goes forward.
 * Pure.
 */
import { decodeMessage } from '../../../shared/dns/decode.ts'
import { encodeMessage } from '../../../shared/dns/encode.ts'
import { type DnsRecord, EMPTY_MESSAGE } from '../../../shared/dns/message.ts'
import { fold } from '../../../shared/dns/name.ts'
import { ALL_TYPES, type ForwardQuery, keyOf, type Resolution } from './resolution.ts'

export interface CacheLimits {
  /** How many answers are kept at once. */
  readonly entries: number
  /** How many bytes of memory they take at most, as near as it can be told. */
  readonly bytes: number
  /** Seconds: longer TTLs are cut to it, shorter ones raised. */
  readonly maxTtl: number
  readonly minTtl: number
  readonly maxNegativeTtl: number
  readonly failureTtl: number
}

export const DEFAULT_LIMITS: CacheLimits = {
  entries: 10_000,
  bytes: 16 * 1024 * 1024,
  /** A day: who has moved an address should not be undone for a week by a TTL that was too generous. */
  maxTtl: 86_400,
  /** TTLs are the zone owner's to choose: 0 means that an answer is for those who wait for it (RFC 1035, section 3.2.1). */
  minTtl: 0,
  /** RFC 2308, section 5: one to three hours work well. */
  maxNegativeTtl: 10_800,
  /** RFC 9520, section 3.2: at least 1 second, at most 5 minutes. */
  failureTtl: 5,
}

/** What one entry takes beside its key and its bytes on the wire: the objects that hold it together. */
const ENTRY_OVERHEAD_BYTES = 520

interface Entry {
  readonly finding: Resolution
  /** The records as they go on the wire: their size is known, and they hold no larger buffer in memory. */
  readonly records: Buffer
  readonly cost: number
  readonly since: number
  /** Milliseconds after `since`. */
  readonly lifetime: number
}

export class AnswerCache {
  readonly #limits: CacheLimits
  /** The least recently used first: what a map lists in the order of being set. */
  readonly #entries = new Map<string, Entry>()
  #bytes = 0

  constructor(limits: Partial<CacheLimits> = {}) {
    this.#limits = { ...DEFAULT_LIMITS, ...limits }
  }

  get size(): number {
    return this.#entries.size
  }

  /** The memory taken, by the same reckoning as the limit's. */
  get bytes(): number {
    return this.#bytes
  }

  /** What is known of the question, its TTLs counted down; undefined where nothing is, or it has run out. */
  get(asked: ForwardQuery, now: number): Resolution | undefined {
    for (const key of [keyOf(asked), keyOf(asked, ALL_TYPES)]) {
      const entry = this.#entries.get(key)
      if (!entry) continue
      this.#remove(key, entry)
      const age = Math.max(0, now - entry.since)
      if (age >= entry.lifetime) continue
      this.#insert(key, entry)
      return countedDown(entry, Math.floor(age / 1000))
    }
    return undefined
  }

  /** Keeps a finding for its time, if it has one, and returns it with the TTLs that it is to be passed on with. */
  keep(asked: ForwardQuery, finding: Resolution, now: number): Resolution {
    const bounded = this.#bound(finding)
    const lifetime = 1000 * this.#secondsOf(bounded)
    if (lifetime === 0) return bounded
    // RFC 2308, section 5: that a name is not there holds for all types, unless it is an alias whose target is not there.
    const absent = bounded.kind === 'negative' && bounded.rcode === 'NXDOMAIN' && bounded.answers.length === 0
    const key = keyOf(asked, absent ? ALL_TYPES : asked.type)
    const records = toWire(bounded)
    const errors = bounded.errors.reduce((sum, { data }) => sum + data.length, 0)
    const cost = ENTRY_OVERHEAD_BYTES + 2 * key.length + records.length + errors
    const before = this.#entries.get(key)
    if (before) this.#remove(key, before)
    if (cost > this.#limits.bytes) return bounded
    const empty = { ...bounded, answers: [], authorities: [] }
    this.#insert(key, { finding: empty, records, cost, since: now, lifetime })
    this.#evict()
    return bounded
  }

  clear(): void {
    this.#entries.clear()
    this.#bytes = 0
  }

  #insert(key: string, entry: Entry): void {
    this.#entries.set(key, entry)
    this.#bytes += entry.cost
  }

  #remove(key: string, { cost }: Entry): void {
    this.#entries.delete(key)
    this.#bytes -= cost
  }

  #evict(): void {
    for (const [key, entry] of this.#entries) {
      if (this.#entries.size <= this.#limits.entries && this.#bytes <= this.#limits.bytes) return
      this.#remove(key, entry)
    }
  }

  /** TTLs between the limits, and one for each set of records: the lowest (RFC 2181, section 5.2). */
  #bound(finding: Resolution): Resolution {
    const { minTtl, maxTtl, maxNegativeTtl } = this.#limits
    const most = finding.kind === 'negative' ? maxNegativeTtl : maxTtl
    return {
      ...finding,
      answers: evened(finding.answers, ttl => Math.max(minTtl, Math.min(ttl, maxTtl))),
      authorities: evened(finding.authorities.map(negative), ttl => Math.max(minTtl, Math.min(ttl, most))),
    }
  }

  #secondsOf({ kind, answers, authorities }: Resolution): number {
    if (kind === 'failure') return this.#limits.failureTtl
    // RFC 2308, section 5: without an SOA nothing says for how long "not there" may be believed.
    if (kind === 'negative' && !authorities.some(({ type }) => type === 'SOA')) return 0
    const ttls = [...answers, ...authorities].map(({ ttl }) => ttl)
    return ttls.length === 0 ? 0 : Math.min(...ttls)
  }
}

function evened(records: readonly DnsRecord[], bound: (ttl: number) => number): DnsRecord[] {
  const ttls = new Map<string, number>()
  const lowest = (record: DnsRecord) => ttls.get(setOf(record)) ?? Number.POSITIVE_INFINITY
  for (const record of records) ttls.set(setOf(record), Math.min(lowest(record), record.ttl))
  return records.map(record => ({ ...record, ttl: bound(lowest(record)) }))
}

function setOf({ name, type }: DnsRecord): string {
  return `${type} ${fold(name)}`
}

/** RFC 2308, section 5: an SOA beside a negative answer holds for the lesser of its TTL and its minimum. */
function negative(record: DnsRecord): DnsRecord {
  return record.type === 'SOA' ? { ...record, ttl: Math.min(record.ttl, record.data.minimum) } : record
}

function toWire({ answers, authorities }: Resolution): Buffer {
  const written = encodeMessage({ ...EMPTY_MESSAGE, response: true, answers, authorities }, Number.MAX_SAFE_INTEGER)
  // A buffer of its own: one that lends from a larger one would hold all of that.
  const own = Buffer.allocUnsafeSlow(written.length)
  written.copy(own)
  return own
}

function countedDown({ finding, records }: Entry, seconds: number): Resolution {
  const { answers, authorities } = decodeMessage(records)
  const older = (record: DnsRecord): DnsRecord => ({ ...record, ttl: record.ttl - seconds })
  return { ...finding, answers: answers.map(older), authorities: authorities.map(older) }
}
