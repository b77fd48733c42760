/**
 * Which queries come again: most of a flood of random names never do, and to keep their answers ready would take more time
 * and memory than it saves. Of a query one bit is remembered, found by its hash. Two queries with one hash are taken for
 * the same, which does no harm: an answer is kept that nobody may ask for. Pure.
 */

const ID_BYTES = 2
/** 128 KiB of bits. */
const BITS = 2 ** 20
/** All is forgotten after so many queries: an eighth of the bits is set then, and that share of new ones looks known. */
const MAX_NOTED = BITS / 8

export class Repeats {
  readonly #bits = new Uint8Array(BITS / 8)
  #noted = 0

  /** Remembers the query, whatever its id; true where it has come before. */
  note(query: Uint8Array): boolean {
    const bit = hashOf(query) % BITS
    const [at, mask] = [bit >>> 3, 1 << (bit & 7)]
    if ((byteAt(this.#bits, at) & mask) !== 0) return true
    if (++this.#noted > MAX_NOTED) this.#forget()
    this.#bits[at] = byteAt(this.#bits, at) | mask
    return false
  }

  #forget(): void {
    this.#bits.fill(0)
    this.#noted = 1
  }
}

function byteAt(bytes: Uint8Array, at: number): number {
  // Whoever asks stays within the bytes; the compiler cannot see that.
  return bytes[at] as number
}

/** FNV-1a, 32 bits: quick, and spread well enough for names that differ in a digit. */
function hashOf(query: Uint8Array): number {
  let hash = 0x811c9dc5
  for (let at = ID_BYTES; at < query.length; at++) hash = Math.imul(hash ^ byteAt(query, at), 0x01000193)
  return (hash ^ (hash >>> 15)) >>> 0
}
