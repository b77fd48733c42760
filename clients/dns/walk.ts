/** Follows referrals from server to server to the answer, as a recursive resolver with an empty cache does. */
import type { DnsRecord, Question } from '../../shared/dns/message.ts'
import { fold } from '../../shared/dns/name.ts'
import { addressesOf } from '../../shared/dns/resolver/answer.ts'
import { locateServer } from '../../shared/dns/resolver/locate-server.ts'
import type { DnsReply } from '../../shared/dns/resolver/query-server.ts'
import { errorText, FourwireError, RefusedError, UnreachableError } from '../../shared/errors.ts'
import { DEFAULT_TIMEOUT_MS } from '../../shared/net/connect.ts'
import type { ClientOptions, Location } from '../../shared/service.ts'
import { classifyResponse, type Outcome, type Referral, type ReferredServer } from './classify-response.ts'
import { type DnsQuery, parseQuestion, query } from './query.ts'

/** A query to walk for, and the servers to start from. */
export interface DnsWalk extends Omit<DnsQuery, 'recurse'> {
  /** The servers to start from, tried in order. Default: the server that `query` uses. */
  readonly roots?: readonly string[] | undefined
}

/** One query of a walk and its outcome. */
export interface WalkStep {
  /** The server's name in the referral; undefined for a server to start from. */
  readonly name: string | undefined
  readonly server: Location
  /** The zone that the referral named the server for, folded; undefined for a server to start from. */
  readonly zone: string | undefined
  /** The queried name: the name of the walk, or the name of a server whose address is unknown. */
  readonly queryName: string
  /** How many lookups of server addresses this step is nested in; 0 for the walk itself. */
  readonly depth: number
  /** Undefined if the server did not respond. */
  readonly reply: DnsReply | undefined
  readonly outcome: Outcome
  /** Ignored records of the response: those outside the server's zone. */
  readonly outOfZone: readonly DnsRecord[]
}

export async function* walk(request: DnsWalk, options: ClientOptions): AsyncGenerator<WalkStep> {
  const walker = await Walker.create(request, options)
  yield* walker.steps()
}

/** Queries of one walk: names have few labels, so more queries mean that many servers fail. */
const MAX_QUERIES = 64
/** How deep lookups of server addresses can be nested. */
const MAX_DEPTH = 4
/** Servers of one zone that the walk tries. */
const MAX_SERVERS = 8

/** A server that the walk can query. */
interface Candidate {
  readonly server: Location
  readonly name: string | undefined
}

class Walker {
  readonly #request: DnsWalk
  readonly #options: ClientOptions
  readonly #question: Question
  readonly #start: readonly Candidate[]
  #queries = 0
  /** The error of the last query, if the server did not respond. */
  #unreachable: UnreachableError | undefined
  /** Steps of address lookups that the walk has not yet yielded. */
  readonly #lookupSteps: WalkStep[] = []

  private constructor(request: DnsWalk, options: ClientOptions, start: readonly Location[]) {
    this.#request = request
    this.#options = options
    this.#question = parseQuestion(request)
    this.#start = start.map(server => ({ server, name: undefined }))
  }

  static async create(request: DnsWalk, options: ClientOptions): Promise<Walker> {
    const { roots = [], ...single } = request
    const servers = roots.length > 0 ? roots.map(server => ({ ...single, server })) : [single]
    const located = await Promise.all(servers.map(server => locateServer(server, options)))
    return new Walker(
      request,
      options,
      located.map(({ location }) => location),
    )
  }

  async *steps(): AsyncGenerator<WalkStep> {
    try {
      yield* this.#walk(this.#question, [])
    } catch (error) {
      yield* this.#lookupSteps.splice(0)
      throw error
    }
  }

  /** @param lookups names whose addresses are being looked up, outermost first */
  async *#walk(question: Question, lookups: readonly string[]): AsyncGenerator<WalkStep> {
    let zone: string | undefined
    let candidates: AsyncIterable<Candidate> | Iterable<Candidate> = this.#start
    for (;;) {
      let referral: Referral | undefined
      for await (const candidate of candidates) {
        yield* this.#lookupSteps.splice(0)
        const step = await this.#queryCandidate(candidate, question, zone, lookups.length)
        yield step
        if (step.outcome.kind === 'answer' || step.outcome.kind === 'negative') return
        if (step.outcome.kind === 'referral') referral = step.outcome
        if (referral) break
      }
      yield* this.#lookupSteps.splice(0)
      if (!referral) throw this.#noUsableServer(zone)
      zone = referral.zone
      candidates = this.#candidatesOf(referral.servers, [...lookups, fold(question.name)])
    }
  }

  #noUsableServer(zone: string | undefined): Error {
    if (zone === undefined && this.#unreachable) return this.#unreachable
    const servers = zone === undefined ? 'server to start from' : `server of ${zone}`
    return new RefusedError('walk', `the walk failed: no ${servers} gave a usable response`)
  }

  async #queryCandidate(
    candidate: Candidate,
    question: Question,
    zone: string | undefined,
    depth: number,
  ): Promise<WalkStep> {
    if (++this.#queries > MAX_QUERIES) {
      throw new RefusedError('walk', `the walk failed: it needs more than ${MAX_QUERIES} queries`)
    }
    const context = { ...candidate, zone, queryName: question.name, depth }
    try {
      this.#unreachable = undefined
      const reply = await this.#query(candidate, question)
      return { ...context, reply, ...classifyResponse(reply, question, zone) }
    } catch (error) {
      this.#options.signal?.throwIfAborted()
      if (!(error instanceof RefusedError || error instanceof UnreachableError)) throw error
      if (error instanceof UnreachableError) this.#unreachable = error
      return { ...context, reply: undefined, outcome: { kind: 'failed', reason: errorText(error) }, outOfZone: [] }
    }
  }

  #query({ server }: Candidate, question: Question): Promise<DnsReply> {
    const timeout = this.#options.timeout ?? DEFAULT_TIMEOUT_MS
    return query({ ...this.#request, ...question, server, recurse: false }, { ...this.#options, timeout })
  }

  /** Yields the servers with glue first, then looks up the addresses of the others one by one. */
  async *#candidatesOf(servers: readonly ReferredServer[], lookups: readonly string[]): AsyncGenerator<Candidate> {
    let count = 0
    const withGlue = servers.filter(({ addresses }) => addresses.length > 0)
    const withoutGlue = servers.filter(({ addresses }) => addresses.length === 0)
    for (const { name, addresses } of withGlue) {
      for (const host of addresses) if (count++ < MAX_SERVERS) yield this.#candidate(name, host)
    }
    for (const { name } of withoutGlue) {
      if (count++ >= MAX_SERVERS) return
      for (const host of await this.#lookUpAddresses(name, lookups)) yield this.#candidate(name, host)
    }
  }

  /** NS records have no port, so all servers of a walk are queried on the port of the first. */
  #candidate(name: string, host: string): Candidate {
    return { name, server: { host, port: this.#start[0]?.server.port ?? 0 } }
  }

  /** Looks up the addresses of a server in a nested walk. Returns none if the lookups form a loop. */
  async #lookUpAddresses(name: string, lookups: readonly string[]): Promise<string[]> {
    if (lookups.length > MAX_DEPTH || lookups.includes(fold(name))) return []
    try {
      let last: WalkStep | undefined
      for await (const step of this.#walk({ name, type: 'A', class: 'IN' }, lookups)) {
        this.#lookupSteps.push(step)
        last = step
      }
      return addressesOf(name, last?.reply?.answers ?? [])
    } catch (error) {
      if (error instanceof FourwireError && this.#queries <= MAX_QUERIES) return []
      throw error
    }
  }
}
