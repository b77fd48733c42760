/** What `walk` does: asks the servers of one zone after the other, until one answers. */

import type { Question } from '../../shared/dns/message.ts'
import { fold } from '../../shared/dns/name.ts'
import { errorText, FourwireError, RefusedError, UnreachableError } from '../../shared/errors.ts'
import { DEFAULT_TIMEOUT_MS } from '../../shared/net/connect.ts'
import type { ClientOptions, Location } from '../../shared/service.ts'
import { findServer } from './find-server.ts'
import { type DnsReply, query } from './query.ts'
import { addressesOf } from './read-answer.ts'
import { readClass, readName, readType } from './read-question.ts'
import type { DnsWalk, WalkStep } from './walk.ts'
import { type NamedServer, type Outcome, readStep } from './walk-steps.ts'

/** Questions of one walk in all: names are a few labels deep, the rest is servers that fail. */
const MAX_QUERIES = 64
/** Searches for the address of a server, within such a search, and so on. */
const MAX_DEPTH = 4
/** Servers of one zone that are tried. */
const MAX_SERVERS = 8

/** One server to ask, and what makes us believe it. */
interface Candidate {
  readonly server: Location
  readonly name: string | undefined
}

/** Where a walk has come to. */
interface Position {
  readonly zone: string | undefined
  readonly candidates: AsyncIterable<Candidate> | Iterable<Candidate>
}

export class Walker {
  readonly #request: DnsWalk
  readonly #options: ClientOptions
  readonly #question: Question
  readonly #start: readonly Candidate[]
  #queries = 0
  /** Why the server asked last did not answer; undefined where it did. */
  #unreachable: UnreachableError | undefined
  /** Steps that searches for addresses have taken, waiting to be told. */
  readonly #told: WalkStep[] = []

  private constructor(request: DnsWalk, options: ClientOptions, start: readonly Candidate[]) {
    const { name, type = 'A' } = request
    this.#request = request
    this.#options = options
    this.#question = { name: readName(name), type: readType(type), class: readClass(request.class) }
    this.#start = start
  }

  static async begin(request: DnsWalk, options: ClientOptions): Promise<Walker> {
    const { roots = [], ...one } = request
    const servers = roots.length > 0 ? roots.map(server => ({ ...one, server })) : [one]
    const found = await Promise.all(servers.map(server => findServer(server, options)))
    return new Walker(
      request,
      options,
      found.map(({ location }) => ({ server: location, name: undefined })),
    )
  }

  async *steps(): AsyncGenerator<WalkStep> {
    try {
      yield* this.#walk(this.#question, [])
    } catch (error) {
      yield* this.#told.splice(0)
      throw error
    }
  }

  /** @param searches the names whose addresses are being looked for, outermost first */
  async *#walk(question: Question, searches: readonly string[]): AsyncGenerator<WalkStep> {
    let position: Position = { zone: undefined, candidates: this.#start }
    for (;;) {
      let referral: Extract<Outcome, { kind: 'referral' }> | undefined
      for await (const candidate of position.candidates) {
        yield* this.#told.splice(0)
        const step = await this.#ask(candidate, question, position.zone, searches.length)
        yield step
        if (step.outcome.kind === 'answer' || step.outcome.kind === 'nothing') return
        if (step.outcome.kind === 'referral') referral = step.outcome
        if (referral) break
      }
      yield* this.#told.splice(0)
      if (!referral) throw this.#deadEnd(position.zone)
      const { zone, servers } = referral
      position = { zone, candidates: this.#candidatesOf(servers, [...searches, fold(question.name)]) }
    }
  }

  #deadEnd(zone: string | undefined): Error {
    if (zone === undefined && this.#unreachable) return this.#unreachable
    return new RefusedError('walk', `no server ${zone === undefined ? 'to begin at' : `of ${zone}`} is of use`)
  }

  async #ask(candidate: Candidate, question: Question, zone: string | undefined, depth: number): Promise<WalkStep> {
    if (++this.#queries > MAX_QUERIES) throw new RefusedError('walk', `the walk takes over ${MAX_QUERIES} questions`)
    const about = { ...candidate, zone, lookingFor: question.name, depth }
    try {
      this.#unreachable = undefined
      const reply = await this.#query(candidate, question)
      return { ...about, reply, ...readStep(reply, question, zone) }
    } catch (error) {
      this.#options.signal?.throwIfAborted()
      if (!(error instanceof RefusedError || error instanceof UnreachableError)) throw error
      if (error instanceof UnreachableError) this.#unreachable = error
      return { ...about, reply: undefined, outcome: { kind: 'failed', why: errorText(error) }, disbelieved: [] }
    }
  }

  #query({ server }: Candidate, question: Question): Promise<DnsReply> {
    const timeout = this.#options.timeout ?? DEFAULT_TIMEOUT_MS
    return query({ ...this.#request, ...question, server, recurse: false }, { ...this.#options, timeout })
  }

  /** Those whose address came along first; for the others it is looked for, each when its turn has come. */
  async *#candidatesOf(servers: readonly NamedServer[], searches: readonly string[]): AsyncGenerator<Candidate> {
    let count = 0
    const known = servers.filter(({ addresses }) => addresses.length > 0)
    const unknown = servers.filter(({ addresses }) => addresses.length === 0)
    for (const { name, addresses } of known) {
      for (const host of addresses) if (count++ < MAX_SERVERS) yield this.#candidate(name, host)
    }
    for (const { name } of unknown) {
      if (count++ >= MAX_SERVERS) return
      for (const host of await this.#search(name, searches)) yield this.#candidate(name, host)
    }
  }

  /** The servers of a walk are all on the port of the one it began at. */
  #candidate(name: string, host: string): Candidate {
    return { name, server: { host, port: this.#start[0]?.server.port ?? 0 } }
  }

  /** The addresses of a server that nobody told, by a walk of its own; none where that leads in a circle. */
  async #search(name: string, searches: readonly string[]): Promise<string[]> {
    if (searches.length > MAX_DEPTH || searches.includes(fold(name))) return []
    try {
      let last: WalkStep | undefined
      for await (const step of this.#walk({ name, type: 'A', class: 'IN' }, searches)) {
        this.#told.push(step)
        last = step
      }
      return addressesOf(name, last?.reply?.answers ?? [])
    } catch (error) {
      if (error instanceof FourwireError && this.#queries <= MAX_QUERIES) return []
      throw error
    }
  }
}
