/** Queries the upstreams of a route in order until one has a usable response. */
import type { EdnsOption, Message } from '../../../shared/dns/message.ts'
import { sendQuery } from '../../../shared/dns/resolver/send/send-query.ts'
import { FourwireError } from '../../../shared/errors.ts'
import type { Log } from '../../../shared/log.ts'
import { formatAddress } from '../../../shared/net/address.ts'
import type { Context, Location } from '../../../shared/service.ts'
import type { Trace } from '../../../shared/trace/trace.ts'
import { extendedError, INFO_CODE } from '../edns/extended-error.ts'
import { type ForwardQuery, failure, type Resolution } from './resolution.ts'
import type { Route } from './routes.ts'
import { scrub } from './scrub.ts'

/** Transmissions over UDP before the next upstream is tried, because datagrams get lost. */
const TRIES = 3
/** The responses of upstreams that do not know EDNS (RFC 6891, section 7), or reject unknown options. */
const RETRY_WITHOUT_EDNS: ReadonlySet<Message['rcode']> = new Set(['FORMERR', 'NOTIMP'])
/** Extended errors in the response to a client. */
const MAX_REASONS = 3

export interface UpstreamQuery {
  readonly query: ForwardQuery
  readonly route: Route
  /** An EDNS option to send. */
  readonly option: EdnsOption
  /** True for names that are forwarded to this route. */
  readonly inBailiwick: (name: string) => boolean
  /** Milliseconds for all upstreams together. */
  readonly timeout: number
  readonly signal: AbortSignal
}

/** The result of one upstream. */
type UpstreamResult =
  | { readonly kind: 'found'; readonly resolution: Resolution }
  | { readonly kind: 'failed'; readonly reasons: readonly EdnsOption[] }
  | { readonly kind: 'unreachable'; readonly reason: EdnsOption }

export class Upstreams {
  readonly #trace: Trace
  readonly #log: Pick<Log, 'warn' | 'info'>
  /** Upstreams that did not respond to their last query. */
  readonly #unreachable = new Set<Location>()
  /** The upstream of each domain that responded last; it is tried first, so that one that is down delays one query only. */
  readonly #preferred = new Map<string, Location>()

  constructor({ trace, log }: Pick<Context, 'trace' | 'log'>) {
    this.#trace = trace
    this.#log = log
  }

  /**
   * Queries until the timeout. Returns failures as resolutions.
   *
   * @throws the reason of the signal
   */
  async resolve(query: UpstreamQuery): Promise<Resolution> {
    const deadline = performance.now() + query.timeout
    const upstreams = this.#preferredFirst(query.route)
    const failures: EdnsOption[] = []
    const unreachable: EdnsOption[] = []
    for (const [index, upstream] of upstreams.entries()) {
      const left = deadline - performance.now()
      if (left < 1) break
      const result = await this.#queryOne(upstream, query, left / (upstreams.length - index))
      if (result.kind === 'unreachable') unreachable.push(result.reason)
      else if (result.kind === 'failed') failures.push(...result.reasons)
      else {
        // If an earlier upstream responded with an error, it may still answer other names: keep the order.
        if (failures.length === 0) this.#preferred.set(query.route.domain, upstream)
        return result.resolution
      }
    }
    if (failures.length === 0) unreachable.unshift(extendedError(INFO_CODE.NO_REACHABLE_AUTHORITY))
    return failure(...[...failures, ...unreachable].slice(0, MAX_REASONS))
  }

  #preferredFirst({ domain, upstreams }: Route): readonly Location[] {
    const preferred = this.#preferred.get(domain)
    return preferred ? [preferred, ...upstreams.filter(upstream => upstream !== preferred)] : upstreams
  }

  async #queryOne(upstream: Location, query: UpstreamQuery, timeout: number): Promise<UpstreamResult> {
    let response: Message
    try {
      response = await this.#exchange(upstream, query, timeout)
    } catch (error) {
      query.signal.throwIfAborted()
      if (!(error instanceof FourwireError)) throw error
      const reason = reasonOf(upstream, error)
      this.#markUnreachable(upstream, reason)
      return { kind: 'unreachable', reason: extendedError(INFO_CODE.NETWORK_ERROR, reason) }
    }
    this.#markResponding(upstream)
    const resolution = scrub(query.query, response, query.inBailiwick)
    if (resolution.kind !== 'failure') return { kind: 'found', resolution }
    const own = extendedError(INFO_CODE.OTHER, `${formatAddress(upstream)} ${failureText(response)}`)
    return { kind: 'failed', reasons: resolution.errors.length > 0 ? resolution.errors : [own] }
  }

  /** Logs only the first query without a response, not every one. */
  #markUnreachable(upstream: Location, reason: string): void {
    if (this.#unreachable.has(upstream)) return
    this.#unreachable.add(upstream)
    this.#log.warn({ upstream: formatAddress(upstream), error: reason }, 'dns: upstream does not respond')
  }

  #markResponding(upstream: Location): void {
    if (!this.#unreachable.delete(upstream)) return
    this.#log.info({ upstream: formatAddress(upstream) }, 'dns: upstream responds again')
  }

  async #exchange(upstream: Location, { query, option, signal }: UpstreamQuery, timeout: number): Promise<Message> {
    const { name, type, dnssecOk, checkingDisabled } = query
    const deadline = performance.now() + timeout
    const question = { name, type, class: 'IN' } as const
    const options = { checkingDisabled, randomizeCase: true, tries: TRIES, signal, trace: this.#trace }
    const edns = { dnssecOk, options: [option] }
    const { message } = await sendQuery(upstream, question, { ...options, edns, timeout })
    if (!RETRY_WITHOUT_EDNS.has(message.rcode)) return message
    const left = Math.max(1, deadline - performance.now())
    return (await sendQuery(upstream, question, { ...options, edns: false, timeout: left })).message
  }
}

/** Returns why a response is not usable. */
function failureText({ rcode }: Message): string {
  return rcode === 'NOERROR' || rcode === 'NXDOMAIN' ? 'gave no answer of its own' : `answered ${rcode}`
}

/** Returns the error text without its advice, which is for users of the command line. */
function reasonOf(upstream: Location, { message }: FourwireError): string {
  const text = message.split(/[;.] /)[0] ?? ''
  return text.includes(formatAddress(upstream)) ? text : `${formatAddress(upstream)}: ${text}`
}
