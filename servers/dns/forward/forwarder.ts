/**
 * Forwards queries for names outside this server's zones to upstreams, for clients that request recursion (RD) and may use it.
 * It is not a full resolver: it does not follow referrals or validate signatures (clients can, with DO and CD).
 */
import { randomBytes } from 'node:crypto'
import type { TypeName } from '../../../shared/dns/codes.ts'
import type { EdnsOption, Message, Question } from '../../../shared/dns/message.ts'
import type { Context } from '../../../shared/service.ts'
import type { AccessList } from '../access/access-list.ts'
import { extendedError, INFO_CODE } from '../edns/extended-error.ts'
import type { Handler } from '../name-server.ts'
import type { Zones } from '../query/answer.ts'
import type { Query } from '../query/query.ts'
import { respond } from '../query/respond.ts'
import { AnswerCache } from './cache.ts'
import { forwardedResponse, withRecursionAvailable } from './forwarded-response.ts'
import { checkHops, HOP_BYTES } from './hop-check.ts'
import { InFlight } from './in-flight.ts'
import { type ForwardQuery, failure, keyOf, type Resolution } from './resolution.ts'
import { Router, type RoutingDecision } from './router.ts'
import type { Route, Routes } from './routes.ts'
import { Upstreams } from './upstreams.ts'

/** How many aliases one query follows, over all responses. */
const MAX_ALIASES = 16

/** Types of transfers, of obsolete queries, and of records that belong to one message. */
const NOT_FORWARDED: ReadonlySet<TypeName> = new Set(['AXFR', 'IXFR', 'MAILA', 'MAILB', 'OPT', 'TKEY', 'TSIG'])

export interface ForwarderOptions {
  readonly store: { readonly zones: Zones }
  readonly routes: Routes
  /** The clients to forward for. */
  readonly clients: Pick<AccessList, 'permits'>
  /** Milliseconds for one query, over all upstreams. */
  readonly timeout: number
  readonly context: Pick<Context, 'trace' | 'log'>
}

/** State of one client query while its chain of aliases is followed. */
interface ForwardContext {
  /** The hops to send to upstreams. */
  readonly option: EdnsOption
  /** Milliseconds of `performance.now()`. */
  readonly deadline: number
}

export class Forwarder implements Handler {
  readonly #options: ForwarderOptions
  readonly #router: Router
  readonly #upstreams: Upstreams
  readonly #cache = new AnswerCache()
  readonly #inFlight = new InFlight<Resolution>()
  readonly #instance = randomBytes(HOP_BYTES)
  /** The running queries to upstreams, by the controllers that abort them. */
  readonly #running = new Map<AbortController, Promise<Resolution>>()
  #closed = false

  constructor(options: ForwarderOptions) {
    this.#options = options
    this.#router = new Router(options.store, options.routes)
    this.#upstreams = new Upstreams(options.context)
  }

  /** Responds to every query of a client that may use recursion, because the response has RA. */
  handle(query: Query): Message | AsyncIterable<Message> | undefined {
    const { message } = query
    const [question] = message.questions
    if (question?.class !== 'IN' || !this.#options.clients.permits(query)) return undefined
    if (!message.flags.rd || NOT_FORWARDED.has(question.type)) return withRecursionAvailable(this.#local(query))
    const forwarded = toForwardQuery(message, question)
    const decision = this.#router.decide(forwarded)
    const endsHere = decision.kind === 'none' || (decision.kind === 'own' && decision.resolution.kind !== 'alias')
    return endsHere ? withRecursionAvailable(this.#local(query)) : this.#forward(message, forwarded, decision)
  }

  clearCache(): void {
    this.#cache.clear()
  }

  /** Aborts running queries; resolves when the waiting clients have their responses. */
  async close(): Promise<void> {
    this.#closed = true
    for (const controller of this.#running.keys()) controller.abort()
    await Promise.allSettled(this.#running.values())
    // The responses are written in microtasks, before this.
    await new Promise(resolve => setImmediate(resolve))
  }

  #local(query: Query): Message {
    return respond(this.#options.store.zones, query)
  }

  async *#forward(message: Message, query: ForwardQuery, decision: RoutingDecision): AsyncGenerator<Message> {
    const hops = checkHops(message, this.#instance)
    if (hops.kind === 'loop') {
      yield forwardedResponse(
        message,
        failure(extendedError(INFO_CODE.OTHER, 'forwarders ask one another in a circle')),
      )
      return
    }
    const deadline = performance.now() + this.#options.timeout
    const resolution = await this.#follow(query, { option: hops.option, deadline })
    // AA refers to the first name of the answer (RFC 1035, section 4.1.1).
    yield forwardedResponse(message, resolution, decision.kind !== 'route' && resolution.kind !== 'failure')
  }

  /** Follows a chain of aliases through local zones and upstreams. */
  async #follow(query: ForwardQuery, context: ForwardContext): Promise<Resolution> {
    const chain: Resolution['answers'][] = []
    let name = query.name
    for (let steps = 0; steps < MAX_ALIASES; steps++) {
      const resolution = await this.#step({ ...query, name }, context)
      if (resolution.kind === 'failure') return resolution
      chain.push(resolution.answers)
      if (resolution.kind !== 'alias') return { ...resolution, answers: chain.flat() }
      name = resolution.target
    }
    return failure(extendedError(INFO_CODE.OTHER, 'the aliases come to no end'))
  }

  #step(query: ForwardQuery, context: ForwardContext): Resolution | Promise<Resolution> {
    const decision = this.#router.decide(query)
    if (decision.kind === 'route') return this.#find(query, decision.route, context)
    return decision.kind === 'none' ? END_OF_CHAIN : decision.resolution
  }

  async #find(query: ForwardQuery, route: Route, context: ForwardContext): Promise<Resolution> {
    const cached = this.#cache.find(query, performance.now())
    if (cached?.kind === 'failure') return failure(...cached.errors, extendedError(INFO_CODE.CACHED_ERROR))
    if (cached) return cached
    if (performance.now() >= context.deadline) return TIMED_OUT
    const found = await this.#inFlight.join(keyOf(query), () => this.#resolve(query, route, context))
    return found ?? failure(extendedError(INFO_CODE.OTHER, 'too many questions are being forwarded'))
  }

  async #resolve(query: ForwardQuery, route: Route, context: ForwardContext): Promise<Resolution> {
    if (this.#closed) return CLOSING
    const controller = new AbortController()
    const pending = this.#queryUpstreams(query, route, context, controller.signal)
    this.#running.set(controller, pending)
    try {
      return this.#cache.add(query, await pending, performance.now())
    } catch (error) {
      if (!controller.signal.aborted) throw error
      return CLOSING
    } finally {
      this.#running.delete(controller)
    }
  }

  #queryUpstreams(
    query: ForwardQuery,
    route: Route,
    { option, deadline }: ForwardContext,
    signal: AbortSignal,
  ): Promise<Resolution> {
    const inBailiwick = (name: string) => this.#router.isForwardedTo(name, route)
    const timeout = deadline - performance.now()
    return this.#upstreams.resolve({ query, route, option, inBailiwick, timeout, signal })
  }
}

/** Earlier names of the chain used up the time. Not cached, because no upstream was queried. */
const TIMED_OUT = failure(extendedError(INFO_CODE.OTHER, 'the time for the question is over'))
const CLOSING = failure(extendedError(INFO_CODE.NOT_READY, 'the server is being stopped'))

/** The target of a local alias has no upstreams: the answer ends with the alias, as it does without forwarding. */
const END_OF_CHAIN: Resolution = { kind: 'positive', rcode: 'NOERROR', answers: [], authorities: [], errors: [] }

function toForwardQuery({ edns, flags }: Message, { name, type }: Question): ForwardQuery {
  return { name, type, dnssecOk: edns?.dnssecOk ?? false, checkingDisabled: flags.cd }
}
