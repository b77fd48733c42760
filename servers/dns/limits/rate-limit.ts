/**
 * Response-rate limiting, as BIND and NSD do it: whoever forges the address of a victim makes us send it the same answer
 * again and again, and after so many in a second it gets no more. Some of what is held back goes out cut to its question,
 * so that a true client behind the same address comes by TCP. Time comes in, in seconds. Pure.
 */
import { ipAddressBytes } from '../../../shared/net/ip-address-bytes.ts'

/** What becomes of a response: sent, held back, or sent cut, so that who really asked comes by TCP. */
export type Verdict = 'send' | 'cut' | 'drop'

export interface RateLimits {
  /** Answers of one kind to one network in a second. */
  readonly perSecond: number
  /** How many counters are kept; the one not used for longest makes room. Each takes about 200 bytes. */
  readonly entries?: number
}

/** Networks that are one client: an owner of one address in them often has all (BIND's and NSD's own measures). */
const IPV4_PREFIX_BYTES = 3
const IPV6_PREFIX_BYTES = 7
/** All kinds together may be this many times one kind: what a wildcard answers differs by name, and is one flood. */
const ALL_KINDS = 10
/** For how many seconds of too much a client that goes on pays. */
const WINDOW_SECONDS = 15
/** Every second answer held back goes out cut. */
const SLIP = 2
const DEFAULT_ENTRIES = 20_000

interface Counter {
  /** How many more may be sent; below zero, none until time has made up for it. */
  balance: number
  since: number
  heldBack: number
}

export class RateLimit {
  readonly #perSecond: number
  readonly #entries: number
  /** The least recently used first, to the second. */
  readonly #counters = new Map<string, Counter>()

  constructor({ perSecond, entries = DEFAULT_ENTRIES }: RateLimits) {
    this.#perSecond = perSecond
    this.#entries = entries
  }

  /**
   * Counts a response and says what becomes of it.
   *
   * @param kind what it answers, as by `responseKind`
   * @param now seconds of any clock; going back is standing still
   */
  judge(address: string, kind: string, now: number): Verdict {
    const network = networkOf(address)
    const ofKind = this.#count(`${network} ${kind}`, this.#perSecond, now)
    // What is held back by its kind does not count among all: a flood of one kind leaves room for the others.
    const over = ofKind.balance < 0 ? ofKind : this.#count(network, this.#perSecond * ALL_KINDS, now)
    if (over.balance >= 0) return 'send'
    over.heldBack++
    return over.heldBack % SLIP === 0 ? 'cut' : 'drop'
  }

  /** How many counters there are. */
  get size(): number {
    return this.#counters.size
  }

  #count(key: string, perSecond: number, now: number): Counter {
    const counter = this.#counters.get(key) ?? { balance: perSecond, since: now, heldBack: 0 }
    const passed = Math.max(0, now - counter.since)
    counter.balance = Math.min(perSecond, counter.balance + passed * perSecond)
    counter.balance = Math.max(counter.balance - 1, -WINDOW_SECONDS * perSecond)
    if (passed > 0 || !this.#counters.has(key)) this.#keep(key, counter)
    counter.since += passed
    return counter
  }

  /** Puts it last in the order of use. */
  #keep(key: string, counter: Counter): void {
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
