/** Message authentication codes (RFC 8945, sections 4.3 and 5.3.1). Pure. */
import { createHmac, type Hmac, timingSafeEqual } from 'node:crypto'
import { FormatError } from '../message.ts'
import { TSIG_ALGORITHMS, type TsigKey } from './key.ts'
import { encodeVariables, type TsigVariables, timeBytes } from './record.ts'

/** Allowed difference of the clocks in seconds, as recommended by RFC 8945, section 10. */
export const FUDGE_SECONDS = 300
/** RFC 8945, section 5.2.2.1: a truncated MAC must have at least 10 bytes, and half of its full length. */
const MIN_MAC_BYTES = 10
export const NO_BYTES = Buffer.alloc(0)

/** Returns the TSIG variables of a message signed at `timeSigned`. */
export function tsigVariables({ name, algorithm }: TsigKey, timeSigned: number): TsigVariables {
  return { keyName: name, algorithm, timeSigned, fudge: FUDGE_SECONDS, error: 0, otherData: NO_BYTES }
}

export function requestMac(bytes: Uint8Array, key: TsigKey, variables: TsigVariables): Buffer {
  return hmac(key).update(bytes).update(encodeVariables(variables)).digest()
}

/** Computes the MACs of consecutive responses; each covers the one before (RFC 8945, section 5.3.1). */
export class MacChain {
  readonly #key: TsigKey
  #hmac: Hmac
  #first = true

  constructor(key: TsigKey, priorMac: Uint8Array) {
    this.#key = key
    this.#hmac = startHmac(key, priorMac)
  }

  /** Adds a message to the next MAC. */
  add(message: Uint8Array): this {
    this.#hmac.update(message)
    return this
  }

  /**
   * Returns the MAC over all messages added since the last one.
   *
   * @param received the MAC as received, which may be truncated; the next MAC covers it instead
   */
  nextMac(variables: TsigVariables, received?: Uint8Array): Buffer {
    this.#hmac.update(this.#first ? encodeVariables(variables) : timers(variables))
    const mac = this.#hmac.digest()
    this.#first = false
    this.#hmac = startHmac(this.#key, received ?? mac)
    return mac
  }
}

/** Starts with the previous MAC and its length. */
function startHmac(key: TsigKey, priorMac: Uint8Array): Hmac {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(priorMac.length)
  return hmac(key).update(length).update(priorMac)
}

/** From the second message on, the MAC covers only these variables (RFC 8945, section 5.3.1). */
function timers({ timeSigned, fudge }: TsigVariables): Buffer {
  const bytes = Buffer.concat([timeBytes(timeSigned), Buffer.alloc(2)])
  bytes.writeUInt16BE(fudge, bytes.length - 2)
  return bytes
}

function hmac({ algorithm, secret }: TsigKey): Hmac {
  return createHmac(TSIG_ALGORITHMS[algorithm].hash, secret)
}

/**
 * Compares in constant time. `mac` may be truncated to half of its length.
 *
 * @throws FormatError if it is shorter, or longer than that of the algorithm (RFC 8945, section 5.2.2.1)
 */
export function macsMatch(expected: Buffer, mac: Buffer): boolean {
  if (mac.length > expected.length) throw new FormatError(`MAC of ${mac.length} bytes is too long`)
  if (mac.length < Math.max(MIN_MAC_BYTES, expected.length / 2)) {
    throw new FormatError(`MAC of ${mac.length} bytes is too short`)
  }
  return timingSafeEqual(expected.subarray(0, mac.length), mac)
}

/** Returns true if the time signed differs from now by at most the fudge. */
export function isWithinFudge({ timeSigned, fudge }: TsigVariables, now: number): boolean {
  return Math.abs(now - timeSigned) <= fudge
}
