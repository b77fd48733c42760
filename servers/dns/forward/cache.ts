/**
 * Caches upstreams' answers for their TTLs (RFC 1035, section 7.4; RFC 2181, section 5.2; RFC 2308, section 5; RFC 9520). Never
 * returns stale answers. Callers pass the time, in milliseconds of a monotonic clock. Pure.
 */
import { decodeMessage } from '../../../shared/dns/decode.ts'
import { encodeMessage } from '../../../shared/dns/encode.ts'
import { type DnsRecord, EMPTY_MESSAGE } from '../../../shared/dns/message.ts'
import { fold } from '../../../shared/dns/name.ts'
import { ALL_TYPES, type ForwardQuery, keyOf, type Resolution } from './resolution.ts'

export interface CacheLimits {
  /** Maximum number of answers. */
  readonly entries: number
  /** Maximum bytes of memory, estimated. */
  readonly bytes: number
  /** Seconds: longer TTLs are reduced to `maxTtl`, shorter TTLs raised to `minTtl`. */
  readonly maxTtl: number
  readonly minTtl: number
  readonly maxNegativeTtl: number
  readonly failureTtl: number
}

export const DEFAULT_LIMITS: CacheLimits = {
  entries: 10_000,
  bytes: 16 * 1024 * 1024,
  /** A day: a changed address becomes visible soon, even if its TTL is longer. */
  maxTtl: 86_400,
  /** The zone owner chooses TTLs: an answer with TTL 0 is not cached (RFC 1035, section 3.2.1). */
  minTtl: 0,
  /** RFC 2308, section 5: one to three hours work well. */
  maxNegativeTtl: 10_800,
  /** RFC 9520, section 3.2: at least 1 second, at most 5 minutes. */
  failureTtl: 5,
}

/** Bytes of an entry without its key and its records. */
const ENTRY_OVERHEAD_BYTES = 520

interface Entry {
  readonly resolution: Resolution
  /** The records in wire format: their size is known, and they retain no larger buffer. */
  readonly records: Buffer
  readonly cost: number
  readonly since: number
  /** Milliseconds after `since`. */
  readonly lifetime: number
}

export class AnswerCache {
  readonly #limits: CacheLimits
  /** The least recently used first: a map iterates in insertion order. */
  readonly #entries = new Map<string, Entry>()
  #bytes = 0

  constructor(limits: Partial<CacheLimits> = {}) {
    this.#limits = { ...DEFAULT_LIMITS, ...limits }
  }

  get size(): number {
    return this.#entries.size
  }

  /** Estimated bytes of memory, comparable with the limit. */
  get bytes(): number {
    return this.#bytes
  }

  /** Returns the cached resolution with its remaining TTLs; undefined if it is missing or expired. */
  find(query: ForwardQuery, now: number): Resolution | undefined {
    for (const key of [keyOf(query), keyOf(query, ALL_TYPES)]) {
      const entry = this.#entries.get(key)
      if (!entry) continue
      this.#remove(key, entry)
      const age = Math.max(0, now - entry.since)
      if (age >= entry.lifetime) continue
      this.#insert(key, entry)
      return aged(entry, Math.floor(age / 1000))
    }
    return undefined
  }

  /** Caches a resolution if it has a lifetime; returns it with bounded TTLs, as the client receives it. */
  add(query: ForwardQuery, resolution: Resolution, now: number): Resolution {
    const bounded = this.#bound(resolution)
    const lifetime = 1000 * this.#secondsOf(bounded)
    if (lifetime === 0) return bounded
    // RFC 2308, section 5: NXDOMAIN applies to all types, unless the name is an alias and its target does not exist.
    const absent = bounded.kind === 'negative' && bounded.rcode === 'NXDOMAIN' && bounded.answers.length === 0
    const key = keyOf(query, absent ? ALL_TYPES : query.type)
    const records = toWire(bounded)
    const errors = bounded.errors.reduce((sum, { data }) => sum + data.length, 0)
    const cost = ENTRY_OVERHEAD_BYTES + 2 * key.length + records.length + errors
    const previous = this.#entries.get(key)
    if (previous) this.#remove(key, previous)
    if (cost > this.#limits.bytes) return bounded
    const withoutRecords = { ...bounded, answers: [], authorities: [] }
    this.#insert(key, { resolution: withoutRecords, records, cost, since: now, lifetime })
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

  /** Applies the limits to the TTLs; all records of a set get its lowest TTL (RFC 2181, section 5.2). */
  #bound(resolution: Resolution): Resolution {
    const { minTtl, maxTtl, maxNegativeTtl } = this.#limits
    const max = resolution.kind === 'negative' ? maxNegativeTtl : maxTtl
    return {
      ...resolution,
      answers: boundTtls(resolution.answers, ttl => Math.max(minTtl, Math.min(ttl, maxTtl))),
      authorities: boundTtls(resolution.authorities.map(withNegativeTtl), ttl => Math.max(minTtl, Math.min(ttl, max))),
    }
  }

  #secondsOf({ kind, answers, authorities }: Resolution): number {
    if (kind === 'failure') return this.#limits.failureTtl
    // RFC 2308, section 5: negative answers without an SOA are not cached.
    if (kind === 'negative' && !authorities.some(({ type }) => type === 'SOA')) return 0
    const ttls = [...answers, ...authorities].map(({ ttl }) => ttl)
    return ttls.length === 0 ? 0 : Math.min(...ttls)
  }
}

function boundTtls(records: readonly DnsRecord[], bound: (ttl: number) => number): DnsRecord[] {
  const ttls = new Map<string, number>()
  const lowest = (record: DnsRecord) => ttls.get(setKey(record)) ?? Number.POSITIVE_INFINITY
  for (const record of records) ttls.set(setKey(record), Math.min(lowest(record), record.ttl))
  return records.map(record => ({ ...record, ttl: bound(lowest(record)) }))
}

function setKey({ name, type }: DnsRecord): string {
  return `${type} ${fold(name)}`
}

/** RFC 2308, section 5: the TTL of a negative answer is the lower of the SOA's TTL and its minimum. */
function withNegativeTtl(record: DnsRecord): DnsRecord {
  return record.type === 'SOA' ? { ...record, ttl: Math.min(record.ttl, record.data.minimum) } : record
}

function toWire({ answers, authorities }: Resolution): Buffer {
  const written = encodeMessage({ ...EMPTY_MESSAGE, response: true, answers, authorities }, Number.MAX_SAFE_INTEGER)
  // Copy: a view of a larger buffer would retain all of it.
  const own = Buffer.allocUnsafeSlow(written.length)
  written.copy(own)
  return own
}

function aged({ resolution, records }: Entry, seconds: number): Resolution {
  const { answers, authorities } = decodeMessage(records)
  const older = (record: DnsRecord): DnsRecord => ({ ...record, ttl: record.ttl - seconds })
  return { ...resolution, answers: answers.map(older), authorities: authorities.map(older) }
}
