/**
 * The signatures of queries and their responses (TSIG, RFC 8945): a query signed with one of our keys is verified, and
 * all that responds to it is signed; one whose signature does not hold is told so. Pure: the clock is given.
 */
import { FormatError } from '../../../shared/dns/message.ts'
import type { TsigKey } from '../../../shared/dns/tsig/key.ts'
import { checkRequest, type Refused, signRefusal } from '../../../shared/dns/tsig/request.ts'
import { ResponseSigner } from '../../../shared/dns/tsig/response.ts'
import { type Query, responseTo } from '../query.ts'
import { writeResponse } from '../write-response.ts'

/** Seconds since 1970. */
export type Clock = () => number

/** A query with its signature looked at; or what is to be said to it at once. */
export type Checked =
  | { readonly kind: 'query'; readonly query: Query }
  | { readonly kind: 'refusal'; readonly response: Buffer }

export class Signatures {
  readonly #keys: ReadonlyMap<string, TsigKey>
  readonly #now: Clock

  constructor(keys: readonly TsigKey[], now: Clock) {
    this.#keys = new Map(keys.map(key => [key.name, key]))
    this.#now = now
  }

  /** Verifies the query's signature, if it has one. */
  check(query: Query): Checked {
    // A signature's only place; most queries have nothing in it but EDNS.
    if (query.message.additionals.length === 0) return { kind: 'query', query }
    try {
      return this.#check(query)
    } catch (error) {
      if (!(error instanceof FormatError)) throw error
      return { kind: 'refusal', response: writeResponse(query, responseTo(query.message, 'FORMERR')) }
    }
  }

  #check(query: Query): Checked {
    const check = checkRequest(query.bytes, this.#keys, this.#now())
    if (check.kind === 'unsigned') return { kind: 'query', query }
    if (check.kind === 'refused') return { kind: 'refusal', response: this.#refuse(query, check) }
    const { key } = check
    const signer = new ResponseSigner(key, check.mac)
    const signature = { length: signer.length, sign: (response: Buffer) => signer.sign(response, this.#now()) }
    return { kind: 'query', query: { ...query, key, signature } }
  }

  #refuse(query: Query, refused: Refused): Buffer {
    const response = writeResponse(query, responseTo(query.message, 'NOTAUTH'))
    return signRefusal(response, refused, this.#now())
  }
}
