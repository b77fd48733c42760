/** Queries from who asks, with a key or without: their bytes, and what verifies what comes back (RFC 8945, section 5.4). */
import { encodeMessage } from '../encode.ts'
import type { Message } from '../message.ts'
import type { TsigKey } from './key.ts'
import { signRequest } from './request.ts'
import { ResponseVerifier } from './response.ts'

export interface EncodedQuery {
  readonly bytes: Buffer
  /** For one response, of one message or many; undefined where the query is not signed. */
  createVerifier(): ResponseVerifier | undefined
}

/** @param now seconds since 1970 */
export function encodeQuery(query: Message, key: TsigKey | undefined, now: number): EncodedQuery {
  const plain = encodeMessage(query)
  if (!key) return { bytes: plain, createVerifier: () => undefined }
  const { bytes, mac } = signRequest(plain, key, now)
  return { bytes, createVerifier: () => new ResponseVerifier(key, mac) }
}
