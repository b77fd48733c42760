/** TSIG keys: shared secrets (RFC 8945, section 6). */
import { errorText } from '../../errors.ts'
import { fold, parseName } from '../name.ts'

/** RFC 8945, section 6; dig and nsupdate use the same names. */
export const TSIG_ALGORITHMS = {
  'hmac-sha1': { hash: 'sha1', bytes: 20 },
  'hmac-sha224': { hash: 'sha224', bytes: 28 },
  'hmac-sha256': { hash: 'sha256', bytes: 32 },
  'hmac-sha384': { hash: 'sha384', bytes: 48 },
  'hmac-sha512': { hash: 'sha512', bytes: 64 },
} as const

export type TsigAlgorithm = keyof typeof TSIG_ALGORITHMS

/** RFC 8945, section 6, requires every implementation to support it. */
export const DEFAULT_ALGORITHM: TsigAlgorithm = 'hmac-sha256'

export interface TsigKey {
  /** Folded; client and server use the same name. */
  readonly name: string
  readonly algorithm: TsigAlgorithm
  readonly secret: Uint8Array
}

/** A key with its secret in base64. */
export interface TsigKeyConfig {
  readonly name: string
  readonly secret: string
  readonly algorithm?: string | undefined
}

/** Invalid key. The message does not contain the secret. */
export class TsigKeyError extends Error {
  override readonly name = 'TsigKeyError'
}

/**
 * Validates a key and decodes its secret.
 *
 * @throws TsigKeyError if the name is invalid, the algorithm is unknown, or the secret is not base64
 */
export function createTsigKey({ name, secret, algorithm = DEFAULT_ALGORITHM }: TsigKeyConfig): TsigKey {
  const known = algorithm.toLowerCase().replace(/\.$/, '')
  if (!isAlgorithm(known)) {
    const names = Object.keys(TSIG_ALGORITHMS).join(', ')
    throw new TsigKeyError(`key ${name}: unknown algorithm ${JSON.stringify(algorithm)}. Use one of ${names}`)
  }
  return { name: parseKeyName(name), algorithm: known, secret: decodeSecret(name, secret) }
}

/**
 * Parses `[ALGORITHM:]NAME:SECRET`, the format of `dig -y` and `nsupdate -y`.
 *
 * @throws TsigKeyError if the key is invalid
 */
export function parseTsigKey(text: string): TsigKey {
  const parts = text.split(':')
  const [name = '', secret = ''] = parts.slice(-2)
  if (parts.length < 2 || parts.length > 3) {
    throw new TsigKeyError('invalid key: use [ALGORITHM:]NAME:SECRET, with the secret in base64')
  }
  return createTsigKey({ name, secret, algorithm: parts.length === 3 ? parts[0] : undefined })
}

function isAlgorithm(name: string): name is TsigAlgorithm {
  return Object.hasOwn(TSIG_ALGORITHMS, name)
}

function parseKeyName(name: string): string {
  try {
    return fold(parseName(name))
  } catch (cause) {
    throw new TsigKeyError(`invalid key name: ${errorText(cause)}`, { cause })
  }
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

function decodeSecret(name: string, secret: string): Uint8Array {
  if (secret !== '' && BASE64.test(secret)) return Buffer.from(secret, 'base64')
  const hint = 'Create one with `openssl rand -base64 32` or tsig-keygen'
  throw new TsigKeyError(`key ${name}: its secret is ${secret === '' ? 'empty' : 'not base64'}. ${hint}`)
}
