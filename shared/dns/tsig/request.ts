/**
 * Requests signed with a shared secret (TSIG, RFC 8945), and what a server says to one whose signature does not hold. The
 * time comes in as seconds since 1970. Pure.
 */
import { FAILURES, type TsigFailure } from './failure.ts'
import type { TsigKey } from './key.ts'
import { Chain, FUDGE_SECONDS, isSameMac, isTimely, NONE, requestMac, variablesOf } from './mac.ts'
import { appendMac, splitTsig, type Tsig, type TsigVariables, timeBytes } from './record.ts'

/** What a signed message's MAC goes into: that of its responses. */
export interface Signed {
  readonly bytes: Buffer
  readonly mac: Uint8Array
}

/** Signs a request; its MAC is what the response is verified with. */
export function signRequest(bytes: Uint8Array, key: TsigKey, now: number): Signed {
  const variables = variablesOf(key, now)
  const mac = requestMac(bytes, key, variables)
  return { bytes: appendMac(bytes, variables, mac), mac }
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
  const expected = requestMac(bytes, key, tsig)
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
  return appendMac(response, variables, mac)
}
