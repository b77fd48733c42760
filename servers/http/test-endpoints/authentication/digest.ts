/** Digest authentication (RFC 7616) with quality of protection `auth`: challenges, and the check of credentials. */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { NONCE_LIFETIME_MS } from '../bounds.ts'

export type DigestAlgorithm = 'MD5' | 'SHA-256'

export const REALM = 'fourwire'

export interface DigestRequest {
  readonly method: string
  readonly target: string
  /** The Authorization field. */
  readonly authorization: string
}

export interface ExpectedCredentials {
  readonly user: string
  readonly password: string
  readonly algorithm: DigestAlgorithm
}

export type DigestResult = 'accepted' | 'refused' | 'stale'

/** A nonce has its time and a signature, so that the server stores none; a client may use it again while it is valid. */
export class Digest {
  readonly #key = randomBytes(32)

  /** Returns the value of a WWW-Authenticate field. */
  challenge(algorithm: DigestAlgorithm, now: number, isStale: boolean): string {
    const nonce = this.#sign(now.toString(36))
    const opaque = this.#hmac('opaque')
    const stale = isStale ? ', stale=true' : ''
    return `Digest realm="${REALM}", qop="auth", algorithm=${algorithm}, nonce="${nonce}", opaque="${opaque}"${stale}`
  }

  check(request: DigestRequest, expected: ExpectedCredentials, now: number): DigestResult {
    const fields = parseDigest(request.authorization)
    if (
      !fields ||
      !isFor(fields, request, expected) ||
      !isEqual(fields.get('response') ?? '', digest(fields, request, expected))
    ) {
      return 'refused'
    }
    // The password is right, so that the client may retry with a new nonce (section 3.3).
    return this.#isValid(fields.get('nonce') ?? '', now) ? 'accepted' : 'stale'
  }

  #isValid(nonce: string, now: number): boolean {
    const [time = ''] = nonce.split('.')
    const age = now - Number.parseInt(time, 36)
    return isEqual(nonce, this.#sign(time)) && age >= 0 && age <= NONCE_LIFETIME_MS
  }

  #sign(time: string): string {
    return `${time}.${this.#hmac(time)}`
  }

  #hmac(text: string): string {
    return createHmac('sha256', this.#key).update(text).digest('hex').slice(0, 32)
  }
}

/** Parses `Digest name="value", name=value`; undefined for another scheme. Names are in lower case. */
export function parseDigest(field: string): ReadonlyMap<string, string> | undefined {
  const rest = /^Digest\s+(.*)$/is.exec(field)?.[1]
  if (rest === undefined) return undefined
  // Sticky, so that the time is in proportion to the length of the field.
  const parameters = rest.matchAll(/[\s,]*([\w*-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/gy)
  return new Map(
    [...parameters].map(([, name = '', quoted, token]) => [
      name.toLowerCase(),
      quoted?.replace(/\\(.)/g, '$1') ?? token ?? '',
    ]),
  )
}

function isFor(
  fields: ReadonlyMap<string, string>,
  { target }: DigestRequest,
  { user, algorithm }: ExpectedCredentials,
): boolean {
  return (
    fields.get('username') === user &&
    fields.get('realm') === REALM &&
    fields.get('uri') === target &&
    fields.get('qop') === 'auth' &&
    /^[0-9a-f]{8}$/i.test(fields.get('nc') ?? '') &&
    (fields.get('cnonce') ?? '') !== '' &&
    (fields.get('algorithm') ?? 'MD5').toUpperCase() === algorithm
  )
}

/** Section 3.4.1. */
function digest(fields: ReadonlyMap<string, string>, request: DigestRequest, expected: ExpectedCredentials): string {
  const { user, password, algorithm } = expected
  const hash = (text: string) =>
    createHash(algorithm === 'MD5' ? 'md5' : 'sha256')
      .update(text)
      .digest('hex')
  const [nonce, nc, cnonce] = [fields.get('nonce'), fields.get('nc'), fields.get('cnonce')]
  const secret = hash(`${user}:${REALM}:${password}`)
  return hash(`${secret}:${nonce}:${nc}:${cnonce}:auth:${hash(`${request.method}:${request.target}`)}`)
}

function isEqual(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)]
  return a.length === b.length && timingSafeEqual(a, b)
}
