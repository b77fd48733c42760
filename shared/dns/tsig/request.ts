/**
 * Signs and verifies requests (TSIG, RFC 8945), and signs the response to a request that cannot be verified. Times are
 * seconds since 1970. Pure.
 */

import type { TsigKey } from './key.ts'
import { FUDGE_SECONDS, isWithinFudge, MacChain, macsMatch, NO_BYTES, requestMac, tsigVariables } from './mac.ts'
import { appendMac, splitTsig, type TsigRecord, type TsigVariables, timeBytes } from './record.ts'
import { TSIG_ERROR_CODES, type TsigErrorCode } from './tsig-error.ts'

/** A request and its MAC, which the MAC of the response covers. */
export interface SignedRequest {
  readonly bytes: Buffer
  readonly mac: Uint8Array
}

/** Signs a request. `ResponseVerifier` needs the returned MAC. */
export function signRequest(bytes: Uint8Array, key: TsigKey, now: number): SignedRequest {
  const variables = tsigVariables(key, now)
  const mac = requestMac(bytes, key, variables)
  return { bytes: appendMac(bytes, variables, mac), mac }
}

export type RequestVerification =
  | { readonly kind: 'unsigned' }
  | { readonly kind: 'verified'; readonly key: TsigKey; readonly mac: Uint8Array }
  | FailedRequest

/** The signature is invalid. The server responds NOTAUTH, signed by `signErrorResponse`. */
export interface FailedRequest {
  readonly kind: 'failed'
  readonly code: TsigErrorCode
  readonly tsig: TsigRecord
  /** Defined if the MAC is valid, so that the response can be signed. */
  readonly key?: TsigKey
}

/**
 * Verifies the signature of a request in the order of RFC 8945, section 5.2: key, MAC, time, truncation.
 *
 * @param keys by folded name
 * @throws FormatError if the TSIG record is malformed, is not the last record, or its MAC is too short or too long
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
  // Local policy (RFC 8945, section 5.2.4): require full MACs.
  if (tsig.mac.length < expected.length) return { kind: 'failed', code: 'BADTRUNC', tsig, key }
  return { kind: 'verified', key, mac: tsig.mac }
}

/**
 * Adds a TSIG record to the response to a request that cannot be verified. The record has a MAC unless the key or the
 * MAC of the request is invalid. With BADTIME, it contains the server's time (RFC 8945, sections 5.2.3 and 5.3.2).
 */
export function signErrorResponse(response: Uint8Array, { code, tsig, key }: FailedRequest, now: number): Buffer {
  const isBadTime = code === 'BADTIME'
  const variables: TsigVariables = {
    keyName: tsig.keyName,
    algorithm: tsig.algorithm,
    // The client's time, so that a client with a wrong clock can verify the response.
    timeSigned: isBadTime ? tsig.timeSigned : now,
    fudge: FUDGE_SECONDS,
    error: TSIG_ERROR_CODES[code],
    otherData: isBadTime ? timeBytes(now) : NO_BYTES,
  }
  const mac = key ? new MacChain(key, tsig.mac).add(response).nextMac(variables) : NO_BYTES
  return appendMac(response, variables, mac)
}
