/** The servers of a resolver, asked one after the other until one has an answer. */
import type { TypeName } from '../../shared/dns/codes.ts'
import { errorText, type FourwireError, RefusedError, UnreachableError, UsageError } from '../../shared/errors.ts'
import type { ClientOptions, Location } from '../../shared/service.ts'
import { type DnsQuery, type DnsReply, query } from './query.ts'
import { ResolveError } from './resolve-error.ts'
import { ServerList } from './server-list.ts'

/** Whom a resolver asks, and how. */
export interface ResolverOptions
  extends Pick<
      DnsQuery,
      'transport' | 'verification' | 'path' | 'method' | 'key' | 'cookies' | 'edns' | 'randomizeCase'
    >,
    Omit<ClientOptions, 'signal'> {
  /** In the order in which they are tried, each as `query` takes it; without any, the running suite. */
  readonly servers?: readonly (string | Location)[] | undefined
  /** Whether each question begins at the next server (default: false). */
  readonly rotate?: boolean | undefined
}

/** A name and a type, checked. */
export interface AskedFor {
  readonly name: string
  readonly type: TypeName
}

/** Times that the whole list is gone through: what was lost once may arrive. */
const ROUNDS = 2
/** What another server may do better. */
const OTHERS_MAY: ReadonlySet<string> = new Set(['SERVFAIL', 'REFUSED', 'NOTIMP', 'FORMERR', 'NOTAUTH', 'BADCOOKIE'])

interface Server {
  readonly server: string | Location | undefined
}

/** What came of asking one server. */
type Outcome = { readonly reply: DnsReply } | { readonly error: FourwireError }

export class Servers {
  readonly #options: ResolverOptions
  readonly #list: ServerList<Server>

  /** @throws UsageError for an empty list */
  constructor(options: ResolverOptions) {
    const { servers = [undefined], rotate } = options
    if (servers.length === 0) throw new UsageError('a resolver needs a server, as in { servers: ["127.0.0.1:5300"] }')
    this.#options = options
    this.#list = new ServerList(
      servers.map(server => ({ server })),
      rotate,
    )
  }

  /**
   * Goes through the servers until one has an answer, be it that there is nothing.
   *
   * @param deadline of `performance.now()`
   * @throws ResolveError where they all fail, UnreachableError where none answers
   */
  async ask(asked: AskedFor, deadline: number, signal?: AbortSignal): Promise<DnsReply> {
    const failures = new Map<Server, Outcome>()
    const servers = this.#list.order(performance.now())
    for (let round = 0; round < ROUNDS; round++) {
      // What a server has said it will say again.
      const left = servers.filter(server => !saidSomething(failures.get(server)))
      for (const [index, server] of left.entries()) {
        // Of what time is left, as much as any other attempt gets.
        const patience = Math.ceil((deadline - performance.now()) / (left.length * (ROUNDS - round) - index))
        if (patience <= 0) break
        const outcome = await this.#attempt(server, asked, patience, signal)
        if ('reply' in outcome && !OTHERS_MAY.has(outcome.reply.rcode)) {
          this.#list.worked(server)
          return outcome.reply
        }
        this.#list.failed(server, performance.now())
        failures.set(server, outcome)
      }
    }
    throw failure(asked, [...failures.values()])
  }

  async #attempt(server: Server, asked: AskedFor, timeout: number, signal?: AbortSignal): Promise<Outcome> {
    const { servers: _, rotate: __, trace, locate, authority, randomizeCase = true, ...how } = this.#options
    const mixed = randomizeCase && this.#list.keepsLetters(server)
    const request = { ...how, ...asked, ...server, tries: 1, randomizeCase: mixed }
    const options = { trace, locate, authority, signal, timeout }
    try {
      const reply = await query(request, options)
      if (!reply.caseMatches) this.#list.changesLetters(server)
      // A server from before EDNS cannot read the question (RFC 6891, section 6.2.2).
      if (reply.rcode !== 'FORMERR' || reply.edns || how.edns === false) return { reply }
      return { reply: await query({ ...request, edns: false }, options) }
    } catch (error) {
      signal?.throwIfAborted()
      if (error instanceof RefusedError || error instanceof UnreachableError) return { error }
      throw error
    }
  }
}

function saidSomething(outcome: Outcome | undefined): boolean {
  return outcome !== undefined && 'reply' in outcome
}

/** What a server said tells more than that another one said nothing. */
function failure(asked: AskedFor, outcomes: readonly Outcome[]): Error {
  const errors: FourwireError[] = []
  for (const outcome of outcomes) {
    if ('reply' in outcome) return new ResolveError(outcome.reply.rcode, asked, outcome.reply)
    errors.push(outcome.error)
  }
  const [first, ...more] = errors
  if (first && more.length === 0) return first
  const why = errors.map(errorText).join('; ') || 'there was no time left'
  return new UnreachableError('any of the name servers', why, { cause: first })
}
