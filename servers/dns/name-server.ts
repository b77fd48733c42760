/**
 * Responds to queries, independent of the transport: cache, parse, authenticate, answer, write, sign, cache again, limit the
 * rate. `query/` has the steps; handlers take transfers, updates and forwarding.
 */
import type { Opcode } from '../../shared/dns/codes.ts'
import { decodeHeader } from '../../shared/dns/decode.ts'
import { encodeMessage } from '../../shared/dns/encode.ts'
import type { Message } from '../../shared/dns/message.ts'
import type { TsigKey } from '../../shared/dns/tsig/key.ts'
import { epochSeconds } from '../../shared/epoch-seconds.ts'
import type { Log } from '../../shared/log.ts'
import { isLoopback } from '../../shared/net/address.ts'
import { Authenticator } from './access/authenticator.ts'
import { ResponseCache } from './cache/response-cache.ts'
import { SeenQueries } from './cache/seen-queries.ts'
import type { Cookies } from './edns/cookies.ts'
import type { RateLimit } from './limits/rate-limit.ts'
import { responseKind, truncateToQuestion } from './limits/response-kind.ts'
import type { Zones } from './query/answer.ts'
import { type Identity, NO_IDENTITY } from './query/chaos.ts'
import { parseQuery } from './query/parse-query.ts'
import { type Client, emptyResponse, NO_AUTH, type Query, type Response, responseTo } from './query/query.ts'
import { rejectChange, respond } from './query/respond.ts'
import { type WriteOptions, writeResponse } from './query/write-response.ts'

/** One response, or several in order, or one that takes time; undefined if the query gets no response. */
export type Reply = Buffer | AsyncIterable<Buffer> | undefined

/** Responds to some of the queries: transfers, updates, forwarding. */
export interface Handler {
  /**
   * Returns undefined for other queries. Messages of a sequence are written like any response; bytes are sent unchanged (a
   * transfer signs its own).
   */
  handle(query: Query): Response | AsyncIterable<Message | Buffer> | undefined
}

/** The handlers of an opcode, tried in order before the zones. */
export type Handlers = Partial<Record<Opcode, readonly Handler[]>>

export interface NameServerOptions {
  readonly store: {
    /** The zones at the time of a query. */
    readonly zones: Zones
    /** Changes with every change of a zone; undefined if zones never change. */
    readonly version?: number
  }
  readonly handlers?: Handlers
  /**
   * Returns a property of the client, besides its transport, on which responses depend. Clients with the same property share
   * cached responses.
   */
  readonly clientClass?: (client: Client) => string
  /** The keys of signed queries. Default: none; signatures are ignored then. */
  readonly keys?: readonly TsigKey[]
  /** Default: cookies are ignored. */
  readonly cookies?: Cookies
  readonly identity?: Identity
  /** Limits UDP responses to clients that are not trusted to a multiple of the query's length; 0 (default): no limit. */
  readonly amplification?: number
  readonly rateLimit?: RateLimit
  /** Applies the limits to clients on this machine too (default: false). */
  readonly limitLoopback?: boolean
  /** Seconds since 1970. */
  readonly now?: () => number
  readonly log: Pick<Log, 'error'>
}

/** Bytes of a failed query in the log. Most queries are shorter. */
export const MAX_LOGGED_BYTES = 512

/** A response before rate limiting. */
interface Outgoing {
  readonly response: Buffer | AsyncIterable<Buffer>
  readonly trusted: boolean
  /** True if the query has an OPT record. */
  readonly edns: boolean
}

export class NameServer {
  readonly #options: NameServerOptions
  readonly #now: () => number
  readonly #identity: Identity
  readonly #writeOptions: WriteOptions
  readonly #authenticator: Authenticator
  readonly #cache = new ResponseCache()
  /** Only responses to repeated queries are cached. */
  readonly #seenQueries = new SeenQueries()

  constructor(options: NameServerOptions) {
    this.#options = options
    this.#now = options.now ?? epochSeconds
    this.#identity = options.identity ?? NO_IDENTITY
    this.#writeOptions = { nsid: this.#identity.nsid, amplification: options.amplification ?? 0 }
    this.#authenticator = new Authenticator(options, this.#now)
  }

  /** Responds to a query. Never throws: a failure is logged and gets SERVFAIL. */
  handle(bytes: Buffer, client: Client): Reply {
    try {
      const outgoing = this.#respond(bytes, client)
      return outgoing && this.#limit(outgoing, client)
    } catch (error) {
      return this.#fail(bytes, error)
    }
  }

  #respond(bytes: Buffer, client: Client): Outgoing | undefined {
    const trusted = this.#isTrusted(client)
    const clientClass = this.#clientClassOf(client, trusted)
    const cached = this.#cache.find(bytes, clientClass, this.#options.store.version)
    if (cached) return { response: cached.response, trusted, edns: cached.edns }
    const parsed = parseQuery(bytes)
    if (parsed.kind === 'ignored') return undefined
    if (parsed.kind === 'rejected') return { response: encodeMessage(parsed.response), trusted, edns: false }
    const { message } = parsed
    const { query, rejection } = this.#authenticator.authenticate({ message, bytes, client, trusted, auth: NO_AUTH })
    const edns = message.edns !== undefined
    const response = rejection ?? this.#answer(query)
    if (isSequence(response)) return { response: this.#writeAll(query, response), trusted: query.trusted, edns }
    const written = writeResponse(query, response, this.#writeOptions)
    // Cookies and signatures belong to one client and one time.
    if (response.cacheable && query.auth === NO_AUTH && this.#seenQueries.add(bytes)) {
      this.#cache.add(bytes, clientClass, { response: written, edns })
    }
    return { response: written, trusted: query.trusted, edns }
  }

  #answer(query: Query): Response | AsyncIterable<Message | Buffer> {
    const { edns, opcode } = query.message
    if (edns && edns.version > 0) return responseTo(query.message, 'BADVERS')
    for (const handler of this.#options.handlers?.[opcode] ?? []) {
      const response = handler.handle(query)
      if (response) return response
    }
    const { zones } = this.#options.store
    return opcode === 'QUERY' ? respond(zones, query, this.#identity) : rejectChange(zones, query)
  }

  /** @throws the error of the sequence if part of it has been sent: the transport can only end the connection then */
  async *#writeAll(query: Query, sequence: AsyncIterable<Message | Buffer>): AsyncGenerator<Buffer> {
    let hasSent = false
    try {
      for await (const response of sequence) {
        yield Buffer.isBuffer(response) ? response : writeResponse(query, response, this.#writeOptions)
        hasSent = true
      }
    } catch (error) {
      if (hasSent) throw error
      const failure = this.#fail(query.bytes, error)
      if (failure) yield failure
    }
  }

  /** True if the client's address cannot be forged: over a connection, or from this machine. */
  #isTrusted({ transport, address }: Client): boolean {
    return transport !== 'udp' || (!this.#options.limitLoopback && isLoopback(address))
  }

  /** Returns what a response depends on besides the bytes of the query: the transport, its length limit, and the client. */
  #clientClassOf(client: Client, trusted: boolean): string {
    const transport = client.transport === 'udp' && !trusted ? 'udp, not trusted' : client.transport
    const { clientClass } = this.#options
    return clientClass ? `${transport}, ${clientClass(client)}` : transport
  }

  #limit({ response, trusted, edns }: Outgoing, { address }: Client): Reply {
    const { rateLimit } = this.#options
    if (trusted || !rateLimit) return response
    const limit = (bytes: Buffer) => {
      const verdict = rateLimit.check(address, responseKind(bytes), this.#now())
      if (verdict === 'truncate') return truncateToQuestion(bytes, edns)
      return verdict === 'send' ? bytes : undefined
    }
    return Buffer.isBuffer(response) ? limit(response) : filter(response, limit)
  }

  #fail(bytes: Buffer, error: unknown): Buffer | undefined {
    const query = bytes.toString('hex', 0, MAX_LOGGED_BYTES)
    this.#options.log.error({ err: error, query }, 'dns: query failed')
    return servfail(bytes)
  }
}

function isSequence(response: Response | AsyncIterable<Message | Buffer>): response is AsyncIterable<Message | Buffer> {
  return Symbol.asyncIterator in response
}

async function* filter(
  responses: AsyncIterable<Buffer>,
  limit: (response: Buffer) => Buffer | undefined,
): AsyncGenerator<Buffer> {
  for await (const response of responses) {
    const limited = limit(response)
    if (limited) yield limited
  }
}

/** Returns SERVFAIL with the question, unless parsing it failed: resolvers ignore responses without their question. */
function servfail(bytes: Buffer): Buffer | undefined {
  const header = decodeHeader(bytes)
  if (!header) return undefined
  try {
    const parsed = parseQuery(bytes)
    if (parsed.kind === 'query') return encodeMessage(responseTo(parsed.message, 'SERVFAIL'))
  } catch {
    // The caller has logged this failure.
  }
  return encodeMessage(emptyResponse(header, 'SERVFAIL'))
}
