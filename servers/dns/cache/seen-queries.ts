/**
 * Remembers the hashes of received queries, one bit each, so that only responses to repeated queries are cached. Most queries of
 * a flood of random names never repeat; caching their responses would cost more than it saves. If two queries have the same hash,
 * a response is cached without need. Pure.
 */

const ID_BYTES = 2
/** 128 KiB of bits. */
const BITS = 2 ** 20
/** All bits are cleared after this many queries: with an eighth of them set, one new query in eight counts as seen. */
const MAX_ADDED = BITS / 8

export class SeenQueries {
  readonly #bits = new Uint8Array(BITS / 8)
  #added = 0

  /** Adds a query, ignoring its id; returns true if it was added before. */
  add(query: Uint8Array): boolean {
    const bit = hashOf(query) % BITS
    const [at, mask] = [bit >>> 3, 1 << (bit & 7)]
    if ((byteAt(this.#bits, at) & mask) !== 0) return true
    if (++this.#added > MAX_ADDED) this.#clear()
    this.#bits[at] = byteAt(this.#bits, at) | mask
    return false
  }

  #clear(): void {
    this.#bits.fill(0)
    this.#added = 1
  }
}

function byteAt(bytes: Uint8Array, at: number): number {
  // Callers pass an index within the bytes.
  return bytes[at] as number
}

/** FNV-1a, 32 bits: fast, and spreads names that differ in one digit. */
function hashOf(query: Uint8Array): number {
  let hash = 0x811c9dc5
  for (let at = ID_BYTES; at < query.length; at++) hash = Math.imul(hash ^ byteAt(query, at), 0x01000193)
  return (hash ^ (hash >>> 15)) >>> 0
}
