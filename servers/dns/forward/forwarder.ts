/**
 * Names that are not ours, asked of the upstreams that were named: for those who ask for recursion (RD) and may have it.
 * It is no recursor: it follows no referral, and checks no signature (a client can, with DO and CD).
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

/** How often a chain of aliases may go on elsewhere. */
const MAX_STEPS = 16

/** Questions about a connection or a message, and those that have a server do more than answer. */
const NOT_FORWARDED: ReadonlySet<TypeName> = new Set(['AXFR', 'IXFR', 'MAILA', 'MAILB', 'OPT', 'TKEY', 'TSIG'])

export interface ForwarderOptions {
  readonly store: { readonly zones: Zones }
  readonly routes: Routes
  /** Whom names are forwarded for. */
  readonly clients: Pick<AccessList, 'permits'>
  /** Milliseconds that a question may take, over all upstreams. */
  readonly timeout: number
  readonly context: Pick<Context, 'trace' | 'log'>
}

/** What goes along with a question on its way through the upstreams. */
interface ForwardContext {
  readonly option: EdnsOption
  /** Milliseconds of `performance.now()`. */
  readonly deadline: number
}

export class Forwarder implements Handler {
  readonly #parts: ForwarderOptions
  readonly #router: Router
  readonly #upstreams: Upstreams
  readonly #cache = new AnswerCache()
  readonly #inFlight = new InFlight<Resolution>()
  readonly #instance = randomBytes(HOP_BYTES)
  /** The questions being asked, and how to end them. */
  readonly #running = new Map<AbortController, Promise<Resolution>>()
  #closed = false

  constructor(parts: ForwarderOptions) {
    this.#parts = parts
    this.#router = new Router(parts.store, parts.routes)
    this.#upstreams = new Upstreams(parts.context)
  }

  /** Takes every question of a client that may have recursion, for the response says that it may (RA). */
  handle(query: Query): Message | AsyncIterable<Message> | undefined {
    const { message } = query
    const [question] = message.questions
    if (question?.class !== 'IN' || !this.#parts.clients.permits(query)) return undefined
    if (!message.flags.rd || NOT_FORWARDED.has(question.type)) return withRecursionAvailable(this.#local(query))
    const asked = forwardQuery(message, question)
    const place = this.#router.decide(asked)
    const endsHere = place.kind === 'nobody' || (place.kind === 'own' && place.finding.kind !== 'alias')
    return endsHere ? withRecursionAvailable(this.#local(query)) : this.#forward(message, asked, place)
  }

  clearCache(): void {
    this.#cache.clear()
  }

  /** Ends what is being asked; resolves once those who wait have been told that this server is going. */
  async close(): Promise<void> {
    this.#closed = true
    for (const controller of this.#running.keys()) controller.abort()
    await Promise.allSettled(this.#running.values())
    // Their responses are written before anything else gets its turn.
    await new Promise(resolve => setImmediate(resolve))
  }

  #local(query: Query): Message {
    return respond(this.#parts.store.zones, query)
  }

  async *#forward(message: Message, asked: ForwardQuery, place: RoutingDecision): AsyncGenerator<Message> {
    const journey = checkHops(message, this.#instance)
    if (journey.kind === 'loop') {
      yield forwardedResponse(
        message,
        failure(extendedError(INFO_CODE.OTHER, 'forwarders ask one another in a circle')),
      )
      return
    }
    const deadline = performance.now() + this.#parts.timeout
    const finding = await this.#follow(asked, { option: journey.option, deadline })
    // AA is about the first name of the answer (RFC 1035, section 4.1.1).
    yield forwardedResponse(message, finding, place.kind !== 'route' && finding.kind !== 'failure')
  }

  /** Follows a chain of aliases from name to name, in our zones and out of them. */
  async #follow(asked: ForwardQuery, errand: ForwardContext): Promise<Resolution> {
    const chain: Resolution['answers'][] = []
    let name = asked.name
    for (let steps = 0; steps < MAX_STEPS; steps++) {
      const finding = await this.#step({ ...asked, name }, errand)
      if (finding.kind === 'failure') return finding
      chain.push(finding.answers)
      if (finding.kind !== 'alias') return { ...finding, answers: chain.flat() }
      name = finding.target
    }
    return failure(extendedError(INFO_CODE.OTHER, 'the aliases come to no end'))
  }

  #step(asked: ForwardQuery, errand: ForwardContext): Resolution | Promise<Resolution> {
    const place = this.#router.decide(asked)
    if (place.kind === 'route') return this.#find(asked, place.route, errand)
    return place.kind === 'nobody' ? END_OF_CHAIN : place.finding
  }

  async #find(asked: ForwardQuery, route: Route, errand: ForwardContext): Promise<Resolution> {
    const known = this.#cache.get(asked, performance.now())
    if (known?.kind === 'failure') return failure(...known.errors, extendedError(INFO_CODE.CACHED_ERROR))
    if (known) return known
    if (performance.now() >= errand.deadline) return TIMED_OUT
    const found = await this.#inFlight.join(keyOf(asked), () => this.#resolve(asked, route, errand))
    return found ?? failure(extendedError(INFO_CODE.OTHER, 'too many questions are being forwarded'))
  }

  async #resolve(asked: ForwardQuery, route: Route, errand: ForwardContext): Promise<Resolution> {
    if (this.#closed) return CLOSING
    const controller = new AbortController()
    const asking = this.#queryUpstreams(asked, route, errand, controller.signal)
    this.#running.set(controller, asking)
    try {
      return this.#cache.keep(asked, await asking, performance.now())
    } catch (error) {
      if (!controller.signal.aborted) throw error
      return CLOSING
    } finally {
      this.#running.delete(controller)
    }
  }

  #queryUpstreams(
    asked: ForwardQuery,
    route: Route,
    { option, deadline }: ForwardContext,
    signal: AbortSignal,
  ): Promise<Resolution> {
    const inBailiwick = (name: string) => this.#router.isForwardedTo(name, route)
    const timeout = deadline - performance.now()
    return this.#upstreams.resolve({ query: asked, route, option, inBailiwick, timeout, signal })
  }
}

/** Of a chain whose earlier names took all the time: nothing was asked, so there is nothing to remember. */
const TIMED_OUT = failure(extendedError(INFO_CODE.OTHER, 'the time for the question is over'))
const CLOSING = failure(extendedError(INFO_CODE.NOT_READY, 'the server is being stopped'))

/** An alias of ours may lead to where nobody is asked: the answer ends with it, as it does without forwarding. */
const END_OF_CHAIN: Resolution = { kind: 'positive', rcode: 'NOERROR', answers: [], authorities: [], errors: [] }

function forwardQuery({ edns, flags }: Message, { name, type }: Question): ForwardQuery {
  return { name, type, dnssecOk: edns?.dnssecOk ?? false, checkingDisabled: flags.cd }
}
