/**
 * Parses and finds the upstreams of each domain: `192.0.2.53` is for all names outside the local zones,
 * `/corp.example/192.0.2.53` for corp.example and names below it. The longest matching domain applies.
 */
import { isIP } from 'node:net'
import { fold, NameError, parentOf, parseName, ROOT } from '../../../shared/dns/name.ts'
import { UsageError } from '../../../shared/errors.ts'
import { parseServerAddress } from '../../../shared/net/server-address.ts'
import type { Location } from '../../../shared/service.ts'

/** RFC 1035, section 4.2. */
const DEFAULT_PORT = 53
/** Upstreams of one domain; more cannot be tried in the time that a client waits. */
const MAX_UPSTREAMS = 8

/** The upstreams of one domain, in the order of the options. */
export interface Route {
  /** Folded; `.` for all names. */
  readonly domain: string
  readonly upstreams: readonly Location[]
}

export class Routes {
  readonly #byDomain = new Map<string, Location[]>()

  /**
   * @param texts `HOST`, `HOST:PORT` or `/DOMAIN/HOST:PORT`; HOST is an IP address. A domain can have several
   * @throws UsageError if a text is invalid
   */
  constructor(texts: readonly string[]) {
    for (const text of texts) {
      const { domains, upstream } = parseRoute(text)
      for (const domain of domains) this.#add(domain, upstream, text)
    }
  }

  get all(): readonly Route[] {
    return [...this.#byDomain].map(([domain, upstreams]) => ({ domain, upstreams }))
  }

  /** Returns the route of a folded name; undefined if it has no upstreams. */
  find(name: string): Route | undefined {
    for (let domain: string | undefined = name; domain !== undefined; domain = parentOf(domain)) {
      const upstreams = this.#byDomain.get(domain)
      if (upstreams) return { domain, upstreams }
    }
    return undefined
  }

  #add(domain: string, upstream: Location, text: string): void {
    const upstreams = this.#byDomain.get(domain) ?? []
    if (upstreams.length === MAX_UPSTREAMS)
      throw routeError(text, `a domain can have ${MAX_UPSTREAMS} upstreams at most`)
    upstreams.push(upstream)
    this.#byDomain.set(domain, upstreams)
  }
}

function parseRoute(text: string): { domains: string[]; upstream: Location } {
  const parts = text.split('/')
  const server = parts.pop() ?? ''
  const [empty, ...domains] = parts
  if (parts.length > 0 && (empty !== '' || domains.length === 0))
    throw routeError(text, 'a domain must be between slashes')
  return {
    domains: parts.length === 0 ? [ROOT] : domains.map(domain => parseDomain(domain, text)),
    upstream: parseUpstream(server, text),
  }
}

function parseDomain(domain: string, text: string): string {
  try {
    return fold(parseName(domain))
  } catch (error) {
    throw error instanceof NameError ? routeError(text, error.message, error) : error
  }
}

function parseUpstream(server: string, text: string): Location {
  const { host, port = DEFAULT_PORT } = parseServerAddress(server)
  // A host name would need another resolver.
  if (!isIP(host)) throw routeError(text, `${JSON.stringify(host)} is not an IP address`)
  return { host, port }
}

function routeError(text: string, reason: string, cause?: unknown): UsageError {
  const forms = 'Valid forms: 192.0.2.53, [2001:db8::53]:5353, /corp.example/192.0.2.53'
  return new UsageError(`cannot forward to ${JSON.stringify(text)}: ${reason}. ${forms}`, { cause })
}
