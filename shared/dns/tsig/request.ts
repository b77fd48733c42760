/**
 * Requests signed with a shared secret (TSIG, RFC 8945), and what a server says to one whose signature does not hold. The
 * time comes in as seconds since 1970. Pure.
 */

import type { TsigKey } from './key.ts'
import { FUDGE_SECONDS, isWithinFudge, MacChain, macsMatch, NO_BYTES, requestMac, tsigVariables } from './mac.ts'
import { appendMac, splitTsig, type TsigRecord, type TsigVariables, timeBytes } from './record.ts'
import { TSIG_ERROR_CODES, type TsigErrorCode } from './tsig-error.ts'

/** What a signed message's MAC goes into: that of its responses. */
export interface SignedRequest {
  readonly bytes: Buffer
  readonly mac: Uint8Array
}

/** Signs a request; its MAC is what the response is verified with. */
export function signRequest(bytes: Uint8Array, key: TsigKey, now: number): SignedRequest {
  const variables = tsigVariables(key, now)
  const mac = requestMac(bytes, key, variables)
  return { bytes: appendMac(bytes, variables, mac), mac }
}

/** How a server finds a request. */
export type RequestVerification =
  | { readonly kind: 'unsigned' }
  | { readonly kind: 'verified'; readonly key: TsigKey; readonly mac: Uint8Array }
  | FailedRequest

/** The signature does not hold: the response is NOTAUTH, with what `signErrorResponse` adds. */
export interface FailedRequest {
  readonly kind: 'failed'
  readonly code: TsigErrorCode
  readonly tsig: TsigRecord
  /** There where the MAC was right, so that the refusal can be signed. */
  readonly key?: TsigKey
}

/**
 * Checks a request's signature in the order of RFC 8945, section 5.2: key, MAC, time, truncation.
 *
 * @param keys by folded name
 * @throws FormatError for a TSIG record that is broken, in the wrong place, or with a MAC of an impossible length
 */
export function verifyRequest(
  message: Uint8Array,
  keys: ReadonlyMap<string, TsigKey>,
  now: number,
): RequestVerification {
  const split = splitTsig(message)
  if (!split) return { kind: 'unsigned' }
  const { bytes, tsig } = split
  const key = keys.get(tsig.keyName)
  if (key?.algorithm !== tsig.algorithm || !key) return { kind: 'failed', code: 'BADKEY', tsig }
  const expected = requestMac(bytes, key, tsig)
  if (!macsMatch(expected, tsig.mac)) return { kind: 'failed', code: 'BADSIG', tsig }
  if (!isWithinFudge(tsig, now)) return { kind: 'failed', code: 'BADTIME', tsig, key }
  // Nobody needs a shorter MAC where messages are this small, so ours is the whole one.
  if (tsig.mac.length < expected.length) return { kind: 'failed', code: 'BADTRUNC', tsig, key }
  return { kind: 'verified', key, mac: tsig.mac }
}

/**
 * The response to a request whose signature does not hold. Where the key or the MAC is wrong there is nothing to sign
 * with; else it is signed, and BADTIME tells the server's clock (RFC 8945, sections 5.2.3 and 5.3.2).
 */
export function signErrorResponse(response: Uint8Array, { code, tsig, key }: FailedRequest, now: number): Buffer {
  const late = code === 'BADTIME'
  const variables: TsigVariables = {
    keyName: tsig.keyName,
    algorithm: tsig.algorithm,
    // The client's own time, so that a client with a wrong clock can verify the rest.
    timeSigned: late ? tsig.timeSigned : now,
    fudge: FUDGE_SECONDS,
    error: TSIG_ERROR_CODES[code],
    otherData: late ? timeBytes(now) : NO_BYTES,
  }
  const mac = key ? new MacChain(key, tsig.mac).add(response).nextMac(variables) : NO_BYTES
  return appendMac(response, variables, mac)
}
