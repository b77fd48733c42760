/** The code that a shared secret makes of a message (RFC 8945, sections 4.3 and 5.3.1). Pure. */
import { createHmac, type Hmac, timingSafeEqual } from 'node:crypto'
import { FormatError } from '../message.ts'
import { TSIG_ALGORITHMS, type TsigKey } from './key.ts'
import { encodeVariables, type TsigVariables, timeBytes } from './record.ts'

/** Seconds that the two clocks may be apart (RFC 8945, section 10, recommends them). */
export const FUDGE_SECONDS = 300
/** RFC 8945, section 5.2.2.1: a MAC cut shorter than this, or than its half, is no MAC. */
const MIN_MAC_BYTES = 10
export const NO_BYTES = Buffer.alloc(0)

/** What a message signed now says beside its MAC. */
export function tsigVariables({ name, algorithm }: TsigKey, timeSigned: number): TsigVariables {
  return { keyName: name, algorithm, timeSigned, fudge: FUDGE_SECONDS, error: 0, otherData: NO_BYTES }
}

/** The MAC of a request. */
export function requestMac(bytes: Uint8Array, key: TsigKey, variables: TsigVariables): Buffer {
  return hmac(key).update(bytes).update(encodeVariables(variables)).digest()
}

/** A digest that goes on from one signature to the next (RFC 8945, section 5.3.1). */
export class MacChain {
  readonly #key: TsigKey
  #hmac: Hmac
  #first = true

  constructor(key: TsigKey, priorMac: Uint8Array) {
    this.#key = key
    this.#hmac = begin(key, priorMac)
  }

  add(message: Uint8Array): this {
    this.#hmac.update(message)
    return this
  }

  /** The MAC so far; the next one covers it, in the form in which it is `sent`. */
  nextMac(variables: TsigVariables, sent?: Uint8Array): Buffer {
    this.#hmac.update(this.#first ? encodeVariables(variables) : timers(variables))
    const mac = this.#hmac.digest()
    this.#first = false
    this.#hmac = begin(this.#key, sent ?? mac)
    return mac
  }
}

/** A digest over the MAC before, with its length. */
function begin(key: TsigKey, priorMac: Uint8Array): Hmac {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(priorMac.length)
  return hmac(key).update(length).update(priorMac)
}

/** From the second message on only the times are covered (RFC 8945, section 5.3.1). */
function timers({ timeSigned, fudge }: TsigVariables): Buffer {
  const bytes = Buffer.concat([timeBytes(timeSigned), Buffer.alloc(2)])
  bytes.writeUInt16BE(fudge, bytes.length - 2)
  return bytes
}

function hmac({ algorithm, secret }: TsigKey): Hmac {
  return createHmac(TSIG_ALGORITHMS[algorithm].hash, secret)
}

/**
 * Compares in constant time. A MAC may be cut, to its half at most.
 *
 * @throws FormatError for one that is longer than the algorithm's, or shorter than that (RFC 8945, section 5.2.2.1)
 */
export function macsMatch(expected: Buffer, mac: Buffer): boolean {
  const least = Math.max(MIN_MAC_BYTES, expected.length / 2)
  if (mac.length > expected.length || mac.length < least) throw new FormatError(`a MAC of ${mac.length} bytes is none`)
  return timingSafeEqual(expected.subarray(0, mac.length), mac)
}

/** Whether the time that was signed is now, as near as clocks go. */
export function isWithinFudge({ timeSigned, fudge }: TsigVariables, now: number): boolean {
  return Math.abs(now - timeSigned) <= fudge
}
