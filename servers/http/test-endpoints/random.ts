/** Pseudo-random numbers that a seed determines. They are for tests, not for secrets. Pure. */
import { randomBytes } from 'node:crypto'
import { parseSeed } from './parameters.ts'

export class Random {
  #state: number

  constructor(seed: bigint) {
    // Both halves, so that seeds that differ only in the upper one have different sequences.
    this.#state = Number(BigInt.asUintN(32, seed ^ (seed >> 32n)))
  }

  /** Returns a number of 32 bits. The algorithm is SplitMix32. */
  next(): number {
    this.#state = (this.#state + 0x9e3779b9) | 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
    return (mixed ^ (mixed >>> 16)) >>> 0
  }

  /** Returns a number of at least 0 and less than 1. */
  fraction(): number {
    return this.next() / 2 ** 32
  }

  bytes(length: number): Buffer {
    const words = Buffer.alloc(Math.ceil(length / 4) * 4)
    for (let offset = 0; offset < words.length; offset += 4) words.writeUInt32LE(this.next(), offset)
    return words.subarray(0, length)
  }
}

/**
 * Creates the generator for the parameter `seed`; without it, each has another sequence.
 *
 * @throws EndpointError (400) if the seed is not valid
 */
export function createRandom(parameters: URLSearchParams): Random {
  const text = parameters.get('seed') ?? ''
  return new Random(text === '' ? randomBytes(8).readBigInt64BE() : parseSeed(text))
}
