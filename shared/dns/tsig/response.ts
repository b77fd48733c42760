/**
 * The responses to a signed request (TSIG, RFC 8945): one, or the many of a transfer, of which each is signed over the one
 * before. The time comes in as seconds since 1970. Pure.
 */

import { TSIG_ALGORITHMS, type TsigKey } from './key.ts'
import { isWithinFudge, MacChain, macsMatch, tsigVariables } from './mac.ts'
import { appendMac, appendTsig, readTime, splitTsig, type TsigRecord } from './record.ts'
import { TsigError, type TsigErrorCode, tsigErrorCode } from './tsig-error.ts'

/** Messages of a transfer that may come unsigned between two signed ones (RFC 8945, section 5.3.1). */
const MAX_UNSIGNED = 99

/** Signs the responses to one request: one, or the many of a transfer. */
export class ResponseSigner {
  readonly #key: TsigKey
  readonly #chain: MacChain

  /** @param requestMac what the request was signed with */
  constructor(key: TsigKey, requestMac: Uint8Array) {
    this.#key = key
    this.#chain = new MacChain(key, requestMac)
  }

  /** How many bytes a signature adds to a message. */
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

/** Verifies the responses to one request, in their order; the first and the last have to be signed. */
export class ResponseVerifier {
  readonly #key: TsigKey
  readonly #chain: MacChain
  #count = 0
  #unsigned = 0

  /** @param requestMac what `signRequest` gave */
  constructor(key: TsigKey, requestMac: Uint8Array) {
    this.#key = key
    this.#chain = new MacChain(key, requestMac)
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

  #check(bytes: Buffer, tsig: TsigRecord, now: number): void {
    const { name, algorithm } = this.#key
    const code = tsigErrorCode(tsig)
    if (code && tsig.mac.length === 0) throw new TsigError(code, REFUSALS[code](name))
    if (tsig.keyName !== name || tsig.algorithm !== algorithm) {
      throw new TsigError('BADKEY', `the response is signed with ${tsig.algorithm}:${tsig.keyName}`)
    }
    const expected = this.#chain.add(bytes).nextMac(tsig, tsig.mac)
    if (tsig.mac.length < expected.length || !macsMatch(expected, tsig.mac)) {
      throw new TsigError('BADSIG', "the response's signature is wrong: somebody changed it, or the secrets differ")
    }
    if (code) throw new TsigError(code, REFUSALS[code](name, clockDifference(tsig)))
    if (!isWithinFudge(tsig, now)) throw new TsigError('BADTIME', "the response's time is not now")
  }
}

/** What to tell the person whose request was refused. */
const REFUSALS: Readonly<Record<TsigErrorCode, (key: string, apart?: string) => string>> = {
  BADKEY: key => `the server does not know the key ${key} with this algorithm`,
  BADSIG: key => `the server has another secret for the key ${key}`,
  BADTIME: (_, apart = 'apart') => `the server's clock and this one are ${apart}`,
  BADTRUNC: key => `the server wants a longer signature with the key ${key}`,
}

function clockDifference({ timeSigned, otherData }: TsigRecord): string {
  return otherData.length === 6 ? `${Math.abs(readTime(otherData) - timeSigned)} seconds apart` : 'apart'
}
