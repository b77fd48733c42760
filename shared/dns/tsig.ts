/**
 * Messages signed with a shared secret (TSIG, RFC 8945): requests, their responses, and the many responses of a transfer,
 * of which each is signed over the one before. The time comes in as seconds since 1970. Pure.
 */
import { createHmac, type Hmac, timingSafeEqual } from 'node:crypto'
import { FormatError } from './message.ts'
import { TSIG_ALGORITHMS, type TsigKey } from './tsig-key.ts'
import {
  appendTsig,
  encodeVariables,
  readTime,
  splitTsig,
  type Tsig,
  type TsigVariables,
  timeBytes,
} from './tsig-record.ts'

/** Seconds that the two clocks may be apart (RFC 8945, section 10, recommends them). */
export const FUDGE_SECONDS = 300
/** Messages of a transfer that may come unsigned between two signed ones (RFC 8945, section 5.3.1). */
const MAX_UNSIGNED = 99
/** RFC 8945, section 5.2.2.1: a MAC cut shorter than this, or than its half, is no MAC. */
const MIN_MAC_BYTES = 10
const NONE = Buffer.alloc(0)

/** What can be wrong with a signature (RFC 8945, section 3). The number 16 is BADVERS elsewhere. */
const FAILURES = { BADSIG: 16, BADKEY: 17, BADTIME: 18, BADTRUNC: 22 } as const

export type TsigFailure = keyof typeof FAILURES

/** A response whose signature does not hold: it is not to be believed. */
export class TsigError extends Error {
  override readonly name = 'TsigError'
  /** Undefined where the response was not signed at all. */
  readonly failure: TsigFailure | undefined

  constructor(failure: TsigFailure | undefined, message: string) {
    super(message)
    this.failure = failure
  }
}

/** What a signed message's MAC goes into: that of its responses. */
export interface Signed {
  readonly bytes: Buffer
  readonly mac: Uint8Array
}

/** Signs a request; its MAC is what the response is verified with. */
export function signRequest(bytes: Uint8Array, key: TsigKey, now: number): Signed {
  const variables = variablesOf(key, now)
  const mac = hmac(key).update(bytes).update(encodeVariables(variables)).digest()
  return { bytes: appendTsig(bytes, { ...variables, mac, originalId: idOf(bytes) }), mac }
}

/** How a server finds a request. */
export type RequestCheck =
  | { readonly kind: 'unsigned' }
  | { readonly kind: 'verified'; readonly key: TsigKey; readonly mac: Uint8Array }
  | Refused

/** The signature does not hold: the response is NOTAUTH, with what `signRefusal` adds. */
export interface Refused {
  readonly kind: 'refused'
  readonly failure: TsigFailure
  readonly tsig: Tsig
  /** There where the MAC was right, so that the refusal can be signed. */
  readonly key?: TsigKey
}

/**
 * Checks a request's signature in the order of RFC 8945, section 5.2: key, MAC, time, truncation.
 *
 * @param keys by folded name
 * @throws FormatError for a TSIG record that is broken, in the wrong place, or with a MAC of an impossible length
 */
export function checkRequest(message: Uint8Array, keys: ReadonlyMap<string, TsigKey>, now: number): RequestCheck {
  const split = splitTsig(message)
  if (!split) return { kind: 'unsigned' }
  const { bytes, tsig } = split
  const key = keys.get(tsig.keyName)
  if (key?.algorithm !== tsig.algorithm || !key) return { kind: 'refused', failure: 'BADKEY', tsig }
  const expected = hmac(key).update(bytes).update(encodeVariables(tsig)).digest()
  if (!isSameMac(expected, tsig.mac)) return { kind: 'refused', failure: 'BADSIG', tsig }
  if (!isTimely(tsig, now)) return { kind: 'refused', failure: 'BADTIME', tsig, key }
  // Nobody needs a shorter MAC where messages are this small, so ours is the whole one.
  if (tsig.mac.length < expected.length) return { kind: 'refused', failure: 'BADTRUNC', tsig, key }
  return { kind: 'verified', key, mac: tsig.mac }
}

/**
 * The response to a request whose signature does not hold. Where the key or the MAC is wrong there is nothing to sign
 * with; else it is signed, and BADTIME tells the server's clock (RFC 8945, sections 5.2.3 and 5.3.2).
 */
export function signRefusal(response: Uint8Array, { failure, tsig, key }: Refused, now: number): Buffer {
  const late = failure === 'BADTIME'
  const variables: TsigVariables = {
    keyName: tsig.keyName,
    algorithm: tsig.algorithm,
    // The client's own time, so that a client with a wrong clock can verify the rest.
    timeSigned: late ? tsig.timeSigned : now,
    fudge: FUDGE_SECONDS,
    error: FAILURES[failure],
    otherData: late ? timeBytes(now) : NONE,
  }
  const mac = key ? new Chain(key, tsig.mac).add(response).close(variables) : NONE
  return appendTsig(response, { ...variables, mac, originalId: idOf(response) })
}

/** Signs the responses to one request: one, or the many of a transfer. */
export class ResponseSigner {
  readonly #key: TsigKey
  readonly #chain: Chain

  /** @param requestMac what the request was signed with */
  constructor(key: TsigKey, requestMac: Uint8Array) {
    this.#key = key
    this.#chain = new Chain(key, requestMac)
  }

  /** How many bytes a signature adds to a message. */
  get length(): number {
    const header = Buffer.alloc(HEADER_BYTES)
    const mac = Buffer.alloc(TSIG_ALGORITHMS[this.#key.algorithm].bytes)
    return appendTsig(header, { ...variablesOf(this.#key, 0), mac, originalId: 0 }).length - HEADER_BYTES
  }

  sign(response: Uint8Array, now: number): Buffer {
    const variables = variablesOf(this.#key, now)
    const mac = this.#chain.add(response).close(variables)
    return appendTsig(response, { ...variables, mac, originalId: idOf(response) })
  }
}

const HEADER_BYTES = 12

/** Verifies the responses to one request, in their order; the first and the last have to be signed. */
export class ResponseVerifier {
  readonly #key: TsigKey
  readonly #chain: Chain
  #count = 0
  #unsigned = 0

  /** @param requestMac what `signRequest` gave */
  constructor(key: TsigKey, requestMac: Uint8Array) {
    this.#key = key
    this.#chain = new Chain(key, requestMac)
  }

  /** True where nothing has come since the last signature: the end of a transfer has to be so. */
  get isComplete(): boolean {
    return this.#count > 0 && this.#unsigned === 0
  }

  /**
   * Takes the next response and gives it without its signature.
   *
   * @throws TsigError for one whose signature is missing or does not hold
   * @throws FormatError for a TSIG record that is broken or in the wrong place
   */
  verify(response: Uint8Array, now: number): Buffer {
    const split = splitTsig(response)
    const first = this.#count++ === 0
    if (!split) return this.#takeUnsigned(Buffer.from(response), first)
    this.#unsigned = 0
    this.#check(split.bytes, split.tsig, now)
    return split.bytes
  }

  #takeUnsigned(bytes: Buffer, first: boolean): Buffer {
    if (first) throw new TsigError(undefined, 'the response is not signed')
    if (++this.#unsigned > MAX_UNSIGNED) throw new TsigError(undefined, 'too many responses in a row are not signed')
    this.#chain.add(bytes)
    return bytes
  }

  #check(bytes: Buffer, tsig: Tsig, now: number): void {
    const { name, algorithm } = this.#key
    const failure = failureOf(tsig)
    if (failure && tsig.mac.length === 0) throw new TsigError(failure, REFUSALS[failure](name))
    if (tsig.keyName !== name || tsig.algorithm !== algorithm) {
      throw new TsigError('BADKEY', `the response is signed with ${tsig.algorithm}:${tsig.keyName}`)
    }
    const expected = this.#chain.add(bytes).close(tsig, tsig.mac)
    if (tsig.mac.length < expected.length || !isSameMac(expected, tsig.mac)) {
      throw new TsigError('BADSIG', "the response's signature is wrong: somebody changed it, or the secrets differ")
    }
    if (failure) throw new TsigError(failure, REFUSALS[failure](name, clockDifference(tsig)))
    if (!isTimely(tsig, now)) throw new TsigError('BADTIME', "the response's time is not now")
  }
}

/** What to tell the person whose request was refused. */
const REFUSALS: Readonly<Record<TsigFailure, (key: string, apart?: string) => string>> = {
  BADKEY: key => `the server does not know the key ${key} with this algorithm`,
  BADSIG: key => `the server has another secret for the key ${key}`,
  BADTIME: (_, apart = 'apart') => `the server's clock and this one are ${apart}`,
  BADTRUNC: key => `the server wants a longer signature with the key ${key}`,
}

function failureOf({ error }: Tsig): TsigFailure | undefined {
  const names: readonly TsigFailure[] = ['BADSIG', 'BADKEY', 'BADTIME', 'BADTRUNC']
  return names.find(name => FAILURES[name] === error)
}

function clockDifference({ timeSigned, otherData }: Tsig): string {
  return otherData.length === 6 ? `${Math.abs(readTime(otherData) - timeSigned)} seconds apart` : 'apart'
}

/** A digest that goes on from one signature to the next (RFC 8945, section 5.3.1). */
class Chain {
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
  close(variables: TsigVariables, sent?: Uint8Array): Buffer {
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

function variablesOf({ name, algorithm }: TsigKey, timeSigned: number): TsigVariables {
  return { keyName: name, algorithm, timeSigned, fudge: FUDGE_SECONDS, error: 0, otherData: NONE }
}

/**
 * Compares in constant time. A MAC may be cut, to its half at most.
 *
 * @throws FormatError for one that is longer than the algorithm's, or shorter than that (RFC 8945, section 5.2.2.1)
 */
function isSameMac(expected: Buffer, mac: Buffer): boolean {
  const least = Math.max(MIN_MAC_BYTES, expected.length / 2)
  if (mac.length > expected.length || mac.length < least) throw new FormatError(`a MAC of ${mac.length} bytes is none`)
  return timingSafeEqual(expected.subarray(0, mac.length), mac)
}

function isTimely({ timeSigned, fudge }: TsigVariables, now: number): boolean {
  return Math.abs(now - timeSigned) <= fudge
}

function idOf(message: Uint8Array): number {
  return ((message[0] ?? 0) << 8) | (message[1] ?? 0)
}
