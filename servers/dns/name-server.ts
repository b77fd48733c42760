/**
 * The way of a query, whatever it came by: it is read (`query.ts`), taken by a handler or answered from the zones
 * (`respond.ts`), and its response written (`write-response.ts`). Nothing in here knows a socket.
 */
import type { Opcode, TypeName } from '../../shared/dns/codes.ts'
import { decodeHeader } from '../../shared/dns/decode.ts'
import { encodeMessage } from '../../shared/dns/encode.ts'
import type { Message } from '../../shared/dns/message.ts'
import { epochSeconds } from '../../shared/epoch-seconds.ts'
import type { Log } from '../../shared/log.ts'
import { isLoopback } from '../../shared/net/address.ts'
import type { Zones } from './answer.ts'
import { type Identity, NO_IDENTITY } from './chaos.ts'
import type { Cookies } from './edns/cookies.ts'
import { readCookie } from './edns/edns.ts'
import type { RateLimit } from './limits/rate-limit.ts'
import { cutToQuestion, responseKind } from './limits/response-kind.ts'
import { type Client, emptyResponse, type Query, readQuery, responseTo } from './query.ts'
import { ReadyAnswers } from './ready-answers.ts'
import { Repeats } from './repeats.ts'
import { refuseChange, respond } from './respond.ts'
import type { Checked, Signatures } from './trust/signatures.ts'
import { type Writing, writeResponse } from './write-response.ts'

/** One response; or several, or one that takes time, in their order; undefined where none is due. */
export type Reply = Buffer | AsyncIterable<Buffer> | undefined

/** What takes part of the work: transfers, updates, forwarding. */
export interface Handler {
  /** The types of question that are ever taken, where it is not all of them: answers to others can be kept ready. */
  readonly types?: ReadonlySet<TypeName>
  /**
   * There where what is responded at once, with AA, is the zones' own and the same for all clients of one standing: such
   * answers can be kept ready for them.
   */
  standing?(client: Client): string
  /**
   * undefined = not mine, the next one's. Of a sequence, messages are written like any response, and bytes are sent as
   * they are (a transfer signs its own).
   */
  handle(query: Query): Message | AsyncIterable<Message | Buffer> | undefined
}

/** Who is asked, in this order, about messages of an opcode before the zones are. */
export type Handlers = Partial<Record<Opcode, readonly Handler[]>>

export interface NameServerParts {
  /** The zones as they are at the time of a query. */
  readonly served: {
    readonly zones: Zones
    /** Another one after every change; not there where they never change. */
    readonly version?: number
  }
  readonly handlers?: Handlers
  /** Without them a signature means nothing. */
  readonly signatures?: Signatures
  /** Without them a cookie means nothing. */
  readonly cookies?: Cookies
  readonly identity?: Identity
  /** How many times as long as the query a response by UDP may be for who is not trusted; 0 (the default) is no bound. */
  readonly amplification?: number
  readonly rateLimit?: RateLimit
  /** Clients on this machine are trusted, unless this is true: so that what others meet can be tried. */
  readonly limitLoopback?: boolean
  /** Seconds since 1970. */
  readonly now?: () => number
  readonly log: Pick<Log, 'error'>
}

/** How much of a query that failed is logged: most are shorter. */
export const LOGGED_BYTES = 512

/** Whom a response goes to, and whether they spoke EDNS. */
type Asker = Pick<Query, 'client' | 'trusted'> & { readonly edns: boolean }

export class NameServer {
  readonly #served: NameServerParts['served']
  readonly #handlers: Handlers
  readonly #signatures: Signatures | undefined
  readonly #cookies: Cookies | undefined
  readonly #identity: Identity
  readonly #writing: Writing
  readonly #rateLimit: RateLimit | undefined
  readonly #trustLoopback: boolean
  readonly #now: () => number
  readonly #log: NameServerParts['log']
  readonly #ready = new ReadyAnswers()
  /** What is asked once is not kept ready. */
  readonly #repeats = new Repeats()

  constructor(parts: NameServerParts) {
    this.#served = parts.served
    this.#handlers = parts.handlers ?? {}
    this.#signatures = parts.signatures
    this.#cookies = parts.cookies
    this.#identity = parts.identity ?? NO_IDENTITY
    this.#writing = { nsid: this.#identity.nsid, amplification: parts.amplification ?? 0 }
    this.#rateLimit = parts.rateLimit
    this.#trustLoopback = !parts.limitLoopback
    this.#now = parts.now ?? epochSeconds
    this.#log = parts.log
  }

  /** Replies to the bytes of a query. It never throws: what makes the answering fail is logged and gets SERVFAIL. */
  handle(bytes: Buffer, client: Client): Reply {
    try {
      return this.#reply(bytes, client)
    } catch (error) {
      return this.#fail(bytes, error)
    }
  }

  #reply(bytes: Buffer, client: Client): Reply {
    const trusted = this.#isNear(client)
    const ready = this.#ready.find(bytes, this.#kindOf(client, trusted), this.#served.version)
    if (ready) return this.#limit({ client, trusted, edns: ready.edns }, ready.response)
    const read = readQuery(bytes)
    if (read.kind === 'silence') return undefined
    if (read.kind === 'refusal') return this.#limit({ client, trusted, edns: false }, encodeMessage(read.response))
    const query = { message: read.message, bytes, client, trusted }
    const asked = this.#recognise(query)
    if (!asked) return this.#limit(askerOf(query), this.#writeOne(query, responseTo(read.message, 'FORMERR')))
    const checked = this.#check(asked)
    if (checked.kind === 'refusal') return this.#limit(askerOf(asked), checked.response)
    return this.#replyTo(checked.query)
  }

  #replyTo(query: Query): Reply {
    const response = this.#respond(query)
    if (isSequence(response)) return this.#write(query, response)
    const bytes = this.#writeOne(query, response)
    if (this.#mayKeep(query, response) && this.#repeats.note(query.bytes)) {
      const edns = query.message.edns !== undefined
      this.#ready.keep(query.bytes, this.#kindOf(query.client, query.trusted), { response: bytes, edns })
    }
    return this.#limit(askerOf(query), bytes)
  }

  /** What the zones alone have answered, the same for every client. Cookies and signatures are one client's and one time's. */
  #mayKeep({ message, cookie, key }: Query, { flags }: Message): boolean {
    const [question] = message.questions
    if (!question || !flags.aa || message.opcode !== 'QUERY' || cookie || key) return false
    const handlers = this.#handlers.QUERY ?? []
    return handlers.every(({ types, standing }) => standing || (types && !types.has(question.type)))
  }

  /** What an answer depends on that its query does not say: how much of it is sent, in which form, and to whom. */
  #kindOf(client: Client, trusted = false): string {
    const { transport } = client
    let kind: string = transport === 'udp' && !trusted ? 'udp, not trusted' : transport
    for (const handler of this.#handlers.QUERY ?? []) if (handler.standing) kind += handler.standing(client)
    return kind
  }

  /** True where an answer goes to who asked, and nowhere else: over a connection, or to this machine itself. */
  #isNear({ transport, address }: Client): boolean {
    return transport !== 'udp' || (this.#trustLoopback && isLoopback(address))
  }

  /** The query with what its cookie tells of its client; undefined where that is none (RFC 7873, section 5.2.2). */
  #recognise(query: Query): Query | undefined {
    const cookie = this.#cookies && readCookie(this.#cookies, query.message, query.client, this.#now)
    if (cookie === 'broken') return undefined
    return cookie ? { ...query, cookie, trusted: query.trusted || cookie.valid } : query
  }

  #check(query: Query): Checked {
    return this.#signatures?.check(query) ?? { kind: 'query', query }
  }

  #respond(query: Query): Message | AsyncIterable<Message | Buffer> {
    const { edns, opcode } = query.message
    if (edns && edns.version > 0) return responseTo(query.message, 'BADVERS')
    for (const handler of this.#handlers[opcode] ?? []) {
      const handled = handler.handle(query)
      if (handled) return handled
    }
    return opcode === 'QUERY'
      ? respond(this.#served.zones, query, this.#identity)
      : refuseChange(this.#served.zones, query)
  }

  /** @throws what the sequence throws once something of it was sent: its receiver can only be cut off then */
  async *#write(query: Query, sequence: AsyncIterable<Message | Buffer>): AsyncGenerator<Buffer> {
    let sent = false
    try {
      for await (const response of sequence) {
        const bytes = this.#limit(
          askerOf(query),
          Buffer.isBuffer(response) ? response : this.#writeOne(query, response),
        )
        if (bytes) yield bytes
        sent = true
      }
    } catch (error) {
      if (sent) throw error
      const failure = this.#fail(query.bytes, error)
      if (failure) yield failure
    }
  }

  #writeOne(query: Query, response: Message): Buffer {
    return writeResponse(query, response, this.#writing)
  }

  /** The response as far as its client may have it; undefined where it has had too much already. */
  #limit({ client, trusted, edns }: Asker, response: Buffer): Buffer | undefined {
    if (trusted || !this.#rateLimit) return response
    const verdict = this.#rateLimit.judge(client.address, responseKind(response), this.#now())
    if (verdict === 'cut') return cutToQuestion(response, edns)
    return verdict === 'send' ? response : undefined
  }

  #fail(bytes: Buffer, error: unknown): Buffer | undefined {
    this.#log.error({ err: error, query: bytes.toString('hex', 0, LOGGED_BYTES) }, 'dns: a query failed')
    return failureOf(bytes)
  }
}

function isSequence(response: Message | AsyncIterable<Message | Buffer>): response is AsyncIterable<Message | Buffer> {
  return Symbol.asyncIterator in response
}

function askerOf({ client, trusted, message }: Query): Asker {
  return { client, trusted: trusted === true, edns: message.edns !== undefined }
}

/** SERVFAIL, with the question wherever it is not reading it that fails: resolvers take no other response for theirs. */
function failureOf(bytes: Buffer): Buffer | undefined {
  const header = decodeHeader(bytes)
  if (!header) return undefined
  try {
    const read = readQuery(bytes)
    if (read.kind === 'message') return encodeMessage(responseTo(read.message, 'SERVFAIL'))
  } catch {
    // Told already: it is the failure that is being responded to.
  }
  return encodeMessage(emptyResponse(header, 'SERVFAIL'))
}
