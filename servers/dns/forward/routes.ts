/**
 * Which names are asked of whom: `192.0.2.53` is asked about every name that is not ours, `/corp.example/192.0.2.53` about
 * corp.example and what is below it. The longest domain that fits decides.
 */
import { isIP } from 'node:net'
import { fold, NameError, parentOf, parseName, ROOT } from '../../../shared/dns/name.ts'
import { UsageError } from '../../../shared/errors.ts'
import { parseServerAddress } from '../../../shared/net/server-address.ts'
import type { Location } from '../../../shared/service.ts'

/** Where name servers listen (RFC 1035, section 4.2). */
const DOMAIN_PORT = 53
/** How many upstreams one domain may have: more would not be reached in the time that a client waits. */
const MAX_UPSTREAMS = 8

/** The upstreams of one domain, in the order in which they are asked. */
export interface Route {
  /** Folded; `.` for all names. */
  readonly domain: string
  readonly upstreams: readonly Location[]
}

export class Routes {
  readonly #byDomain = new Map<string, Location[]>()

  /**
   * @param texts `HOST`, `HOST:PORT` or `/DOMAIN/HOST:PORT`, the host being an address; several of one domain are its list
   * @throws UsageError quoting what is none of these
   */
  constructor(texts: readonly string[]) {
    for (const text of texts) {
      const { domains, upstream } = readRoute(text)
      for (const domain of domains) this.#add(domain, upstream, text)
    }
  }

  get all(): readonly Route[] {
    return [...this.#byDomain].map(([domain, upstreams]) => ({ domain, upstreams }))
  }

  /** Who is asked about a folded name; undefined where nobody is. */
  find(name: string): Route | undefined {
    for (let domain: string | undefined = name; domain !== undefined; domain = parentOf(domain)) {
      const upstreams = this.#byDomain.get(domain)
      if (upstreams) return { domain, upstreams }
    }
    return undefined
  }

  #add(domain: string, upstream: Location, text: string): void {
    const upstreams = this.#byDomain.get(domain) ?? []
    if (upstreams.length === MAX_UPSTREAMS) throw wrong(text, `a domain has ${MAX_UPSTREAMS} upstreams at most`)
    upstreams.push(upstream)
    this.#byDomain.set(domain, upstreams)
  }
}

function readRoute(text: string): { domains: string[]; upstream: Location } {
  const parts = text.split('/')
  const server = parts.pop() ?? ''
  const [empty, ...domains] = parts
  if (parts.length > 0 && (empty !== '' || domains.length === 0)) throw wrong(text, 'a domain stands between slashes')
  return {
    domains: parts.length === 0 ? [ROOT] : domains.map(domain => readDomain(domain, text)),
    upstream: readUpstream(server, text),
  }
}

function readDomain(domain: string, text: string): string {
  try {
    return fold(parseName(domain))
  } catch (error) {
    throw error instanceof NameError ? wrong(text, error.message, error) : error
  }
}

function readUpstream(server: string, text: string): Location {
  const { host, port = DOMAIN_PORT } = parseServerAddress(server)
  // A name would have to be looked up first, and by whom?
  if (!isIP(host)) throw wrong(text, `${JSON.stringify(host)} is no address`)
  return { host, port }
}

function wrong(text: string, why: string, cause?: unknown): UsageError {
  const forms = 'as in 192.0.2.53, [2001:db8::53]:5353 or /corp.example/192.0.2.53'
  return new UsageError(`cannot forward to ${JSON.stringify(text)}: ${why}; ${forms}`, { cause })
}
