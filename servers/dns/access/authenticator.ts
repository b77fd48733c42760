/**
 * Authenticates queries: a DNS cookie proves the client's address (RFC 7873), a signature its key (TSIG, RFC 8945). Responses to
 * signed queries are signed. Pure: the clock is passed in.
 */
import { FormatError } from '../../../shared/dns/message.ts'
import type { TsigKey } from '../../../shared/dns/tsig/key.ts'
import { signErrorResponse, verifyRequest } from '../../../shared/dns/tsig/request.ts'
import { ResponseSigner } from '../../../shared/dns/tsig/response.ts'
import type { Cookies } from '../edns/cookies.ts'
import { checkCookie } from '../edns/edns.ts'
import { type Query, type Response, responseTo } from '../query/query.ts'

export interface Authenticated {
  /** The query with its authentication. */
  readonly query: Query
  /** The response to a query whose cookie or signature is invalid. */
  readonly rejection?: Response
}

export interface AuthenticatorOptions {
  /** Default: signatures are ignored. */
  readonly keys?: readonly TsigKey[]
  /** Default: cookies are ignored. */
  readonly cookies?: Cookies
}

export class Authenticator {
  readonly #keys: ReadonlyMap<string, TsigKey> | undefined
  readonly #cookies: Cookies | undefined
  readonly #now: () => number

  /** @param now seconds since 1970 */
  constructor({ keys, cookies }: AuthenticatorOptions, now: () => number) {
    this.#keys = keys && new Map(keys.map(key => [key.name, key]))
    this.#cookies = cookies
    this.#now = now
  }

  authenticate(query: Query): Authenticated {
    const cookie = this.#cookies && checkCookie(this.#cookies, query.message, query.client, this.#now)
    // RFC 7873, section 5.2.2.
    if (cookie === 'malformed') return { query, rejection: responseTo(query.message, 'FORMERR') }
    const withCookie = cookie ? { ...query, trusted: query.trusted || cookie.valid, auth: { cookie } } : query
    // A signature is an additional record. Most queries have none: EDNS is parsed into `edns`.
    if (!this.#keys || query.message.additionals.length === 0) return { query: withCookie }
    try {
      return this.#checkSignature(withCookie, this.#keys)
    } catch (error) {
      if (!(error instanceof FormatError)) throw error
      return { query: withCookie, rejection: responseTo(query.message, 'FORMERR') }
    }
  }

  #checkSignature(query: Query, keys: ReadonlyMap<string, TsigKey>): Authenticated {
    const check = verifyRequest(query.bytes, keys, this.#now())
    if (check.kind === 'unsigned') return { query }
    if (check.kind === 'failed') {
      const signer = { length: 0, sign: (response: Buffer) => signErrorResponse(response, check, this.#now()) }
      return { query: withAuth(query, { signer }), rejection: responseTo(query.message, 'NOTAUTH') }
    }
    const { key, mac } = check
    const responseSigner = new ResponseSigner(key, mac)
    const signer = {
      length: responseSigner.length,
      sign: (response: Buffer) => responseSigner.sign(response, this.#now()),
    }
    return { query: withAuth(query, { key, signer }) }
  }
}

function withAuth(query: Query, auth: Query['auth']): Query {
  return { ...query, auth: { ...query.auth, ...auth } }
}
