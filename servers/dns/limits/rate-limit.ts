/**
 * Response rate limiting, as in BIND and NSD. An attacker that forges the address of a victim makes the server send the same
 * response to the victim again and again. Responses above the rate are dropped; every second one is truncated to its question
 * instead, so that a real client at that address uses TCP. Pure: the caller passes the time, in seconds.
 */
import { ipAddressBytes } from '../../../shared/net/ip-address-bytes.ts'

export type Verdict = 'send' | 'truncate' | 'drop'

export interface RateLimits {
  /** Responses of one kind to one network per second. */
  readonly perSecond: number
  /** The number of counters; the least recently used is dropped. Each takes about 200 bytes. */
  readonly entries?: number
}

/** Addresses of one network count as one client, because they often have one owner (the defaults of BIND and NSD). */
const IPV4_PREFIX_BYTES = 3
const IPV6_PREFIX_BYTES = 7
/** The limit of all kinds together, as a multiple of that of one kind: responses from a wildcard differ by name. */
const ALL_KINDS_FACTOR = 10
/** A flood counts against a client for at most this long after it ends. */
const WINDOW_SECONDS = 15
/** Every second limited response is truncated instead of dropped. */
const SLIP = 2
const DEFAULT_ENTRIES = 20_000

interface Counter {
  /** The number of responses that can be sent; if negative, time has to pass first. */
  balance: number
  since: number
  limited: number
}

export class RateLimit {
  readonly #perSecond: number
  readonly #entries: number
  /** Ordered by the second of their last use. */
  readonly #counters = new Map<string, Counter>()

  constructor({ perSecond, entries = DEFAULT_ENTRIES }: RateLimits) {
    this.#perSecond = perSecond
    this.#entries = entries
  }

  /**
   * Counts a response and decides whether it is sent.
   *
   * @param kind the result of `responseKind`
   * @param now seconds of any clock; if it goes back, no time has passed
   */
  check(address: string, kind: string, now: number): Verdict {
    const network = networkOf(address)
    const ofKind = this.#count(`${network} ${kind}`, this.#perSecond, now)
    // A response limited by its kind does not count for all kinds: a flood of one kind does not affect the others.
    const counter = ofKind.balance < 0 ? ofKind : this.#count(network, this.#perSecond * ALL_KINDS_FACTOR, now)
    if (counter.balance >= 0) return 'send'
    counter.limited++
    return counter.limited % SLIP === 0 ? 'truncate' : 'drop'
  }

  /** The number of counters. */
  get size(): number {
    return this.#counters.size
  }

  #count(key: string, perSecond: number, now: number): Counter {
    const counter = this.#counters.get(key) ?? { balance: perSecond, since: now, limited: 0 }
    const passed = Math.max(0, now - counter.since)
    counter.balance = Math.min(perSecond, counter.balance + passed * perSecond)
    counter.balance = Math.max(counter.balance - 1, -WINDOW_SECONDS * perSecond)
    if (passed > 0 || !this.#counters.has(key)) this.#markUsed(key, counter)
    counter.since += passed
    return counter
  }

  /** Makes the counter the most recently used; evicts the least recently used. */
  #markUsed(key: string, counter: Counter): void {
    this.#counters.delete(key)
    for (const oldest of this.#counters.keys()) {
      if (this.#counters.size < this.#entries) break
      this.#counters.delete(oldest)
    }
    this.#counters.set(key, counter)
  }
}

function networkOf(address: string): string {
  const bytes = ipAddressBytes(address)
  return bytes.toString('latin1', 0, bytes.length === 4 ? IPV4_PREFIX_BYTES : IPV6_PREFIX_BYTES)
}
