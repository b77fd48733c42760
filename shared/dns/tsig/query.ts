/** Encodes queries, signed or not, and verifies the responses (RFC 8945, section 5.4). */
import { encodeMessage } from '../encode.ts'
import type { Message } from '../message.ts'
import type { TsigKey } from './key.ts'
import { signRequest } from './request.ts'
import { ResponseVerifier } from './response.ts'

export interface EncodedQuery {
  readonly bytes: Buffer
  /** Returns a new verifier for the messages of one response; undefined if the query is not signed. */
  createVerifier(): ResponseVerifier | undefined
}

/** @param now seconds since 1970 */
export function encodeQuery(query: Message, key: TsigKey | undefined, now: number): EncodedQuery {
  const plain = encodeMessage(query)
  if (!key) return { bytes: plain, createVerifier: () => undefined }
  const { bytes, mac } = signRequest(plain, key, now)
  return { bytes, createVerifier: () => new ResponseVerifier(key, mac) }
}
