/**
 * Names that are not ours, asked of the upstreams that were named: for those who ask for recursion (RD) and may have it.
 * It is no recursor: it follows no referral, and checks no signature (a client can, with DO and CD).
 */
import { randomBytes } from 'node:crypto'
import type { TypeName } from '../../../shared/dns/codes.ts'
import type { EdnsOption, Message, Question } from '../../../shared/dns/message.ts'
import type { Context } from '../../../shared/service.ts'
import type { Zones } from '../answer.ts'
import { explanation, REASON } from '../edns/extended-error.ts'
import type { Handler } from '../name-server.ts'
import type { Client, Query } from '../query.ts'
import { respond } from '../respond.ts'
import type { AccessList } from '../trust/access-list.ts'
import { AnswerCache } from './cache.ts'
import { forwardedResponse, offered } from './forwarded-response.ts'
import { HOP_BYTES, travel } from './hop-check.ts'
import { InFlight } from './in-flight.ts'
import { type Asked, type Finding, failure, keyOf } from './resolution.ts'
import { type Place, Places } from './router.ts'
import type { Route, Routes } from './routes.ts'
import { Upstreams } from './upstreams.ts'

/** How often a chain of aliases may go on elsewhere. */
const MAX_STEPS = 16

/** Questions about a connection or a message, and those that have a server do more than answer. */
const NOT_FORWARDED: ReadonlySet<TypeName> = new Set(['AXFR', 'IXFR', 'MAILA', 'MAILB', 'OPT', 'TKEY', 'TSIG'])

export interface ForwarderParts {
  readonly served: { readonly zones: Zones }
  readonly routes: Routes
  /** Whom names are forwarded for. */
  readonly clients: Pick<AccessList, 'permits'>
  /** Milliseconds that a question may take, over all upstreams. */
  readonly timeout: number
  readonly context: Pick<Context, 'trace' | 'log'>
}

/** What goes along with a question on its way through the upstreams. */
interface Errand {
  readonly option: EdnsOption
  /** Milliseconds of `performance.now()`. */
  readonly deadline: number
}

export class Forwarder implements Handler {
  readonly #parts: ForwarderParts
  readonly #places: Places
  readonly #upstreams: Upstreams
  readonly #cache = new AnswerCache()
  readonly #inFlight = new InFlight<Finding>()
  readonly #instance = randomBytes(HOP_BYTES)
  /** The questions being asked, and how to end them. */
  readonly #asking = new Map<AbortController, Promise<Finding>>()
  #closed = false

  constructor(parts: ForwarderParts) {
    this.#parts = parts
    this.#places = new Places(parts.served, parts.routes)
    this.#upstreams = new Upstreams(parts.context)
  }

  /** Names are forwarded for some clients only, and only they are told so. */
  standing(client: Client): string {
    return this.#parts.clients.permits({ client }) ? ', recursion' : ''
  }

  /** Takes every question of a client that may have recursion, for the response says that it may (RA). */
  handle(query: Query): Message | AsyncIterable<Message> | undefined {
    const { message } = query
    const [question] = message.questions
    if (question?.class !== 'IN' || !this.#parts.clients.permits(query)) return undefined
    if (!message.flags.rd || NOT_FORWARDED.has(question.type)) return offered(this.#local(query))
    const asked = askedBy(message, question)
    const place = this.#places.of(asked)
    const endsHere = place.kind === 'nobody' || (place.kind === 'own' && place.finding.kind !== 'alias')
    return endsHere ? offered(this.#local(query)) : this.#forward(message, asked, place)
  }

  /** Ends what is being asked; resolves once those who wait have been told that this server is going. */
  async close(): Promise<void> {
    this.#closed = true
    for (const controller of this.#asking.keys()) controller.abort()
    await Promise.allSettled(this.#asking.values())
    // Their responses are written before anything else gets its turn.
    await new Promise(resolve => setImmediate(resolve))
  }

  #local(query: Query): Message {
    return respond(this.#parts.served.zones, query)
  }

  async *#forward(message: Message, asked: Asked, place: Place): AsyncGenerator<Message> {
    const journey = travel(message, this.#instance)
    if (journey.kind === 'loop') {
      yield forwardedResponse(message, failure(explanation(REASON.OTHER, 'forwarders ask one another in a circle')))
      return
    }
    const deadline = performance.now() + this.#parts.timeout
    const finding = await this.#follow(asked, { option: journey.option, deadline })
    // AA is about the first name of the answer (RFC 1035, section 4.1.1).
    yield forwardedResponse(message, finding, place.kind !== 'route' && finding.kind !== 'failure')
  }

  /** Follows a chain of aliases from name to name, in our zones and out of them. */
  async #follow(asked: Asked, errand: Errand): Promise<Finding> {
    const chain: Finding['answers'][] = []
    let name = asked.name
    for (let steps = 0; steps < MAX_STEPS; steps++) {
      const finding = await this.#step({ ...asked, name }, errand)
      if (finding.kind === 'failure') return finding
      chain.push(finding.answers)
      if (finding.kind !== 'alias') return { ...finding, answers: chain.flat() }
      name = finding.target
    }
    return failure(explanation(REASON.OTHER, 'the aliases come to no end'))
  }

  #step(asked: Asked, errand: Errand): Finding | Promise<Finding> {
    const place = this.#places.of(asked)
    if (place.kind === 'route') return this.#find(asked, place.route, errand)
    return place.kind === 'nobody' ? NOTHING_MORE : place.finding
  }

  async #find(asked: Asked, route: Route, errand: Errand): Promise<Finding> {
    const known = this.#cache.get(asked, performance.now())
    if (known?.kind === 'failure') return failure(...known.errors, explanation(REASON.CACHED_ERROR))
    if (known) return known
    if (performance.now() >= errand.deadline) return TOO_LATE
    const found = await this.#inFlight.join(keyOf(asked), () => this.#ask(asked, route, errand))
    return found ?? failure(explanation(REASON.OTHER, 'too many questions are being forwarded'))
  }

  async #ask(asked: Asked, route: Route, errand: Errand): Promise<Finding> {
    if (this.#closed) return LEAVING
    const controller = new AbortController()
    const asking = this.#askUpstreams(asked, route, errand, controller.signal)
    this.#asking.set(controller, asking)
    try {
      return this.#cache.keep(asked, await asking, performance.now())
    } catch (error) {
      if (!controller.signal.aborted) throw error
      return LEAVING
    } finally {
      this.#asking.delete(controller)
    }
  }

  #askUpstreams(asked: Asked, route: Route, { option, deadline }: Errand, signal: AbortSignal): Promise<Finding> {
    const inBailiwick = (name: string) => this.#places.asksAbout(name, route)
    const timeout = deadline - performance.now()
    return this.#upstreams.ask({ asked, route, option, inBailiwick, timeout, signal })
  }
}

/** Of a chain whose earlier names took all the time: nothing was asked, so there is nothing to remember. */
const TOO_LATE = failure(explanation(REASON.OTHER, 'the time for the question is over'))
const LEAVING = failure(explanation(REASON.NOT_READY, 'the server is being stopped'))

/** An alias of ours may lead to where nobody is asked: the answer ends with it, as it does without forwarding. */
const NOTHING_MORE: Finding = { kind: 'positive', rcode: 'NOERROR', answers: [], authorities: [], errors: [] }

function askedBy({ edns, flags }: Message, { name, type }: Question): Asked {
  return { name, type, dnssecOk: edns?.dnssecOk ?? false, checkingDisabled: flags.cd }
}
