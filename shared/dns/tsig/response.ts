/**
 * Signs and verifies the response to a signed request (TSIG, RFC 8945). In a response of several messages (a zone
 * transfer), each MAC covers the one before. Times are seconds since 1970. Pure.
 */

import { TSIG_ALGORITHMS, type TsigKey } from './key.ts'
import { isWithinFudge, MacChain, macsMatch, tsigVariables } from './mac.ts'
import { appendMac, appendTsig, readTime, splitTsig, type TsigRecord } from './record.ts'
import { TsigError, type TsigErrorCode, tsigErrorCode } from './tsig-error.ts'

/** Unsigned messages allowed between two signed ones (RFC 8945, section 5.3.1). */
const MAX_UNSIGNED = 99

/** Signs the messages of one response. */
export class ResponseSigner {
  readonly #key: TsigKey
  readonly #chain: MacChain

  /** @param requestMac the MAC of the request */
  constructor(key: TsigKey, requestMac: Uint8Array) {
    this.#key = key
    this.#chain = new MacChain(key, requestMac)
  }

  /** Number of bytes that a signature adds to a message. */
  get length(): number {
    const header = Buffer.alloc(HEADER_BYTES)
    const mac = Buffer.alloc(TSIG_ALGORITHMS[this.#key.algorithm].bytes)
    return appendTsig(header, { ...tsigVariables(this.#key, 0), mac, originalId: 0 }).length - HEADER_BYTES
  }

  sign(response: Uint8Array, now: number): Buffer {
    const variables = tsigVariables(this.#key, now)
    const mac = this.#chain.add(response).nextMac(variables)
    return appendMac(response, variables, mac)
  }
}

const HEADER_BYTES = 12

/** Verifies the messages of one response, in order. The first and the last must be signed. */
export class ResponseVerifier {
  readonly #key: TsigKey
  readonly #chain: MacChain
  #count = 0
  #unsigned = 0

  /** @param requestMac the MAC that `signRequest` returned */
  constructor(key: TsigKey, requestMac: Uint8Array) {
    this.#key = key
    this.#chain = new MacChain(key, requestMac)
  }

  /** True if the last message was signed, as the last one of a transfer must be. */
  get isComplete(): boolean {
    return this.#count > 0 && this.#unsigned === 0
  }

  /**
   * Verifies the next message; returns it without its TSIG record.
   *
   * @throws TsigError if its signature is missing or invalid
   * @throws FormatError if the TSIG record is malformed, or not the last record
   */
  verify(response: Uint8Array, now: number): Buffer {
    const split = splitTsig(response)
    const first = this.#count++ === 0
    if (!split) return this.#acceptUnsigned(Buffer.from(response), first)
    this.#unsigned = 0
    this.#check(split.bytes, split.tsig, now)
    return split.bytes
  }

  #acceptUnsigned(bytes: Buffer, first: boolean): Buffer {
    if (first) throw new TsigError(undefined, 'the response is not signed')
    if (++this.#unsigned > MAX_UNSIGNED) throw new TsigError(undefined, 'too many consecutive messages are not signed')
    this.#chain.add(bytes)
    return bytes
  }

  #check(bytes: Buffer, tsig: TsigRecord, now: number): void {
    const { name, algorithm } = this.#key
    const code = tsigErrorCode(tsig)
    if (code && tsig.mac.length === 0) throw new TsigError(code, EXPLANATIONS[code](name))
    if (tsig.keyName !== name || tsig.algorithm !== algorithm) {
      throw new TsigError('BADKEY', `the response is signed with ${tsig.algorithm}:${tsig.keyName}`)
    }
    const expected = this.#chain.add(bytes).nextMac(tsig, tsig.mac)
    if (tsig.mac.length < expected.length || !macsMatch(expected, tsig.mac)) {
      throw new TsigError(
        'BADSIG',
        'the signature of the response is wrong: the response was modified, or the secrets differ',
      )
    }
    if (code) throw new TsigError(code, EXPLANATIONS[code](name, clockDifference(tsig)))
    if (!isWithinFudge(tsig, now))
      throw new TsigError('BADTIME', 'the signing time of the response is too far from the current time')
  }
}

/** Explains the error to the user of the client. */
const EXPLANATIONS: Readonly<Record<TsigErrorCode, (key: string, difference?: string) => string>> = {
  BADKEY: key => `the server does not know the key ${key} with this algorithm`,
  BADSIG: key => `the server has another secret for the key ${key}`,
  BADTIME: (_, difference = '') => `the clocks of client and server differ${difference}`,
  BADTRUNC: key => `the server requires a longer signature with the key ${key}`,
}

function clockDifference({ timeSigned, otherData }: TsigRecord): string {
  return otherData.length === 6 ? ` by ${Math.abs(readTime(otherData) - timeSigned)} seconds` : ''
}
