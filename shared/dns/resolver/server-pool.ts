/** The name servers of a resolver. Queries one after another until one has an answer. */

import { errorText, type FourwireError, RefusedError, UnreachableError, UsageError } from '../../errors.ts'
import type { ClientOptions, Location } from '../../service.ts'
import type { TypeName } from '../codes.ts'
import type { DnsReply, QuerySettings } from './query-server.ts'
import { ResolveError } from './resolve-error.ts'
import { ServerList } from './server-list.ts'

/** The servers of a resolver, and how it queries them. */
export interface ResolverOptions
  extends Pick<
      QuerySettings,
      'transport' | 'verification' | 'path' | 'method' | 'key' | 'cookies' | 'edns' | 'randomizeCase'
    >,
    Omit<ClientOptions, 'signal'> {
  /** Servers as for `query`, in the order in which the resolver tries them. Default: the running suite. */
  readonly servers?: readonly (string | Location)[] | undefined
  /** Starts each question at the next server (default: false). */
  readonly rotate?: boolean | undefined
}

/** A validated name and a type. */
export interface ResolverQuestion {
  readonly name: string
  readonly type: TypeName
}

/** How often the resolver tries every server: datagrams can get lost. */
const ROUNDS = 2
/** Rcodes after which the resolver tries the next server. */
const TRY_NEXT: ReadonlySet<string> = new Set(['SERVFAIL', 'REFUSED', 'NOTIMP', 'FORMERR', 'NOTAUTH', 'BADCOOKIE'])

interface Server {
  readonly server: string | Location | undefined
}

/** The result of querying one server. */
type Outcome = { readonly reply: DnsReply } | { readonly error: FourwireError }

export class ServerPool {
  readonly #options: ResolverOptions
  readonly #list: ServerList<Server>

  /** @throws UsageError if the list of servers is empty */
  constructor(options: ResolverOptions) {
    const { servers = [undefined], rotate } = options
    if (servers.length === 0)
      throw new UsageError('the list of servers is empty. Give one, as in { servers: ["127.0.0.1:5300"] }')
    this.#options = options
    this.#list = new ServerList(
      servers.map(server => ({ server })),
      rotate,
    )
  }

  /**
   * Queries the servers until one has an answer, positive or negative.
   *
   * @param deadline a time of `performance.now()`
   * @throws ResolveError if all servers failed and one responded with an error
   * @throws UnreachableError if no server responded
   */
  async query(question: ResolverQuestion, deadline: number, signal?: AbortSignal): Promise<DnsReply> {
    const failures = new Map<Server, Outcome>()
    const servers = this.#list.order(performance.now())
    for (let round = 0; round < ROUNDS; round++) {
      // A server that responded with an error would respond with it again.
      const silent = servers.filter(server => !hasReply(failures.get(server)))
      for (const [index, server] of silent.entries()) {
        // The remaining time is shared equally by the remaining attempts.
        const timeout = Math.ceil((deadline - performance.now()) / (silent.length * (ROUNDS - round) - index))
        if (timeout <= 0) break
        const outcome = await this.#attempt(server, question, timeout, signal)
        if ('reply' in outcome && !TRY_NEXT.has(outcome.reply.rcode)) {
          this.#list.recordSuccess(server)
          return outcome.reply
        }
        this.#list.recordFailure(server, performance.now())
        failures.set(server, outcome)
      }
    }
    throw toError(question, [...failures.values()])
  }

  async #attempt(server: Server, question: ResolverQuestion, timeout: number, signal?: AbortSignal): Promise<Outcome> {
    const { servers: _, rotate: __, trace, locate, authority, randomizeCase = true, ...settings } = this.#options
    const randomizes = randomizeCase && this.#list.preservesCase(server)
    const query = { ...settings, ...server, tries: 1, randomizeCase: randomizes }
    const options = { trace, locate, authority, signal, timeout }
    // Loaded on the first query: the launcher and the dns client import this file at start-up.
    const { queryServer } = await import('./query-server.ts')
    try {
      const reply = await queryServer({ ...question, class: 'IN' }, query, options)
      if (!reply.caseMatches) this.#list.recordChangedCase(server)
      // A server without EDNS responds FORMERR without an OPT record (RFC 6891, section 6.2.2).
      if (reply.rcode !== 'FORMERR' || reply.edns || settings.edns === false) return { reply }
      return { reply: await queryServer({ ...question, class: 'IN' }, { ...query, edns: false }, options) }
    } catch (error) {
      signal?.throwIfAborted()
      if (error instanceof RefusedError || error instanceof UnreachableError) return { error }
      throw error
    }
  }
}

function hasReply(outcome: Outcome | undefined): boolean {
  return outcome !== undefined && 'reply' in outcome
}

/** An error response is more informative than no response. */
function toError(question: ResolverQuestion, outcomes: readonly Outcome[]): Error {
  const errors: FourwireError[] = []
  for (const outcome of outcomes) {
    if ('reply' in outcome) return new ResolveError(outcome.reply.rcode, question, outcome.reply)
    errors.push(outcome.error)
  }
  const [first, ...more] = errors
  if (first && more.length === 0) return first
  const reasons = errors.map(errorText).join('; ') || 'no time left'
  return new UnreachableError('any of the name servers', reasons, { cause: first })
}
