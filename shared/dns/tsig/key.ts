/** The secrets that two ends of DNS share (RFC 8945, section 6), and how people write them. */
import { errorText } from '../../errors.ts'
import { fold, parseName } from '../name.ts'

/** The hash behind each algorithm (RFC 8945, section 6), by the name that dig and nsupdate know it by, too. */
export const TSIG_ALGORITHMS = {
  'hmac-sha1': { hash: 'sha1', bytes: 20 },
  'hmac-sha224': { hash: 'sha224', bytes: 28 },
  'hmac-sha256': { hash: 'sha256', bytes: 32 },
  'hmac-sha384': { hash: 'sha384', bytes: 48 },
  'hmac-sha512': { hash: 'sha512', bytes: 64 },
} as const

/** `hmac-sha256` ... */
export type TsigAlgorithm = keyof typeof TSIG_ALGORITHMS

/** What is meant where no algorithm is named: the one that everybody has (RFC 8945, section 6). */
export const DEFAULT_ALGORITHM: TsigAlgorithm = 'hmac-sha256'

/** A shared secret. */
export interface TsigKey {
  /** What both ends call it, folded. */
  readonly name: string
  readonly algorithm: TsigAlgorithm
  readonly secret: Uint8Array
}

/** A key as people write it, the secret in base64. */
export interface TsigKeyConfig {
  readonly name: string
  readonly secret: string
  readonly algorithm?: string | undefined
}

/** What was written is no key. The message does not repeat the secret. */
export class TsigKeyError extends Error {
  override readonly name = 'TsigKeyError'
}

/**
 * Reads a key.
 *
 * @throws TsigKeyError for a name that is none, an unknown algorithm, or a secret that is not base64
 */
export function createTsigKey({ name, secret, algorithm = DEFAULT_ALGORITHM }: TsigKeyConfig): TsigKey {
  const known = algorithm.toLowerCase().replace(/\.$/, '')
  if (!isAlgorithm(known)) {
    const names = Object.keys(TSIG_ALGORITHMS).join(', ')
    throw new TsigKeyError(`key ${name}: the algorithm ${JSON.stringify(algorithm)} is none of ${names}`)
  }
  return { name: keyName(name), algorithm: known, secret: readSecret(name, secret) }
}

/**
 * Reads `[ALGORITHM:]NAME:SECRET`, as `dig -y` and `nsupdate -y` take it.
 *
 * @throws TsigKeyError for what is no key
 */
export function parseTsigKey(text: string): TsigKey {
  const parts = text.split(':')
  const [name = '', secret = ''] = parts.slice(-2)
  if (parts.length < 2 || parts.length > 3) {
    throw new TsigKeyError('a key is written [ALGORITHM:]NAME:SECRET, the secret in base64')
  }
  return createTsigKey({ name, secret, algorithm: parts.length === 3 ? parts[0] : undefined })
}

function isAlgorithm(name: string): name is TsigAlgorithm {
  return Object.hasOwn(TSIG_ALGORITHMS, name)
}

function keyName(name: string): string {
  try {
    return fold(parseName(name))
  } catch (cause) {
    throw new TsigKeyError(`a key's name is a domain name: ${errorText(cause)}`, { cause })
  }
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

function readSecret(name: string, secret: string): Uint8Array {
  if (secret !== '' && BASE64.test(secret)) return Buffer.from(secret, 'base64')
  const hint = 'write it in base64, as `openssl rand -base64 32` and tsig-keygen do'
  throw new TsigKeyError(`key ${name}: its secret is ${secret === '' ? 'empty' : 'not base64'}; ${hint}`)
}
