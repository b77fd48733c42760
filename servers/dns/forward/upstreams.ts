/** Asks the upstreams of a domain, one after the other until one has something to say. */
import type { EdnsOption, Message } from '../../../shared/dns/message.ts'
import { sendQuery } from '../../../shared/dns/resolver/send-query.ts'
import { FourwireError } from '../../../shared/errors.ts'
import type { Log } from '../../../shared/log.ts'
import { formatAddress } from '../../../shared/net/address.ts'
import type { Context, Location } from '../../../shared/service.ts'
import type { Trace } from '../../../shared/trace/trace.ts'
import { extendedError, INFO_CODE } from '../edns/extended-error.ts'
import { type ForwardQuery, failure, type Resolution } from './resolution.ts'
import type { Route } from './routes.ts'
import { scrub } from './scrub.ts'

/** How often one upstream is asked by UDP before it is the next one's turn: datagrams get lost. */
const TRIES = 3
/** What an upstream says that does not know EDNS (RFC 6891, section 7), or minds an option that it does not know. */
const WITHOUT_EDNS: ReadonlySet<Message['rcode']> = new Set(['FORMERR', 'NOTIMP'])
/** How many upstreams' reasons a client is told. */
const MAX_REASONS = 3

export interface UpstreamQuery {
  readonly query: ForwardQuery
  readonly route: Route
  /** An option of EDNS to send along. */
  readonly option: EdnsOption
  /** Whether the upstreams of this route are to be believed about a name. */
  readonly inBailiwick: (name: string) => boolean
  /** Milliseconds for all upstreams together. */
  readonly timeout: number
  readonly signal: AbortSignal
}

/** What came of asking one upstream. */
type UpstreamResult =
  | { readonly kind: 'found'; readonly finding: Resolution }
  | { readonly kind: 'said'; readonly reasons: readonly EdnsOption[] }
  | { readonly kind: 'silent'; readonly reason: EdnsOption }

export class Upstreams {
  readonly #trace: Trace
  readonly #log: Pick<Log, 'warn' | 'info'>
  /** Those that did not answer when they were last asked. */
  readonly #silent = new Set<Location>()
  /** Of each domain the upstream that answered last, to be asked first: one that is down is waited for once. */
  readonly #preferred = new Map<string, Location>()

  constructor({ trace, log }: Pick<Context, 'trace' | 'log'>) {
    this.#trace = trace
    this.#log = log
  }

  /** What goes wrong is a finding; @throws the signal's reason */
  async resolve(query: UpstreamQuery): Promise<Resolution> {
    const end = performance.now() + query.timeout
    const upstreams = this.#inOrder(query.route)
    const said: EdnsOption[] = []
    const silent: EdnsOption[] = []
    for (const [index, upstream] of upstreams.entries()) {
      const left = end - performance.now()
      if (left < 1) break
      const told = await this.#queryOne(upstream, query, left / (upstreams.length - index))
      if (told.kind === 'silent') silent.push(told.reason)
      else if (told.kind === 'said') said.push(...told.reasons)
      else {
        // One that answers and cannot tell of one name may well tell of the next.
        if (said.length === 0) this.#preferred.set(query.route.domain, upstream)
        return told.finding
      }
    }
    if (said.length === 0) silent.unshift(extendedError(INFO_CODE.NO_REACHABLE_AUTHORITY))
    return failure(...[...said, ...silent].slice(0, MAX_REASONS))
  }

  #inOrder({ domain, upstreams }: Route): readonly Location[] {
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
      this.#markSilent(upstream, reason)
      return { kind: 'silent', reason: extendedError(INFO_CODE.NETWORK_ERROR, reason) }
    }
    this.#markResponding(upstream)
    const finding = scrub(query.query, response, query.inBailiwick)
    if (finding.kind !== 'failure') return { kind: 'found', finding }
    const own = extendedError(INFO_CODE.OTHER, `${formatAddress(upstream)} ${shortcoming(response)}`)
    return { kind: 'said', reasons: finding.errors.length > 0 ? finding.errors : [own] }
  }

  /** Once for each time that it falls silent: questions come by the thousand. */
  #markSilent(upstream: Location, reason: string): void {
    if (this.#silent.has(upstream)) return
    this.#silent.add(upstream)
    this.#log.warn({ upstream: formatAddress(upstream), error: reason }, 'dns: an upstream does not answer')
  }

  #markResponding(upstream: Location): void {
    if (!this.#silent.delete(upstream)) return
    this.#log.info({ upstream: formatAddress(upstream) }, 'dns: an upstream answers again')
  }

  async #exchange(
    upstream: Location,
    { query: asked, option, signal }: UpstreamQuery,
    timeout: number,
  ): Promise<Message> {
    const { name, type, dnssecOk, checkingDisabled } = asked
    const end = performance.now() + timeout
    const question = { name, type, class: 'IN' } as const
    const options = { checkingDisabled, randomizeCase: true, tries: TRIES, signal, trace: this.#trace }
    const edns = { dnssecOk, options: [option] }
    const { message } = await sendQuery(upstream, question, { ...options, edns, timeout })
    if (!WITHOUT_EDNS.has(message.rcode)) return message
    const left = Math.max(1, end - performance.now())
    return (await sendQuery(upstream, question, { ...options, edns: false, timeout: left })).message
  }
}

/** What a response lacks that told nothing of the name. */
function shortcoming({ rcode }: Message): string {
  return rcode === 'NOERROR' || rcode === 'NXDOMAIN' ? 'gave no answer of its own' : `answered ${rcode}`
}

/** An error names the way out for whoever typed an address; a client of ours did not. */
function reasonOf(upstream: Location, { message }: FourwireError): string {
  const text = message.split(/[;.] /)[0] ?? ''
  return text.includes(formatAddress(upstream)) ? text : `${formatAddress(upstream)}: ${text}`
}
