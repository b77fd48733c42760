/** Finds the mail exchangers of a domain as a relay does: MX, or else the addresses of the domain itself (RFC 5321, section 5.1). */
import { ResolveError } from '../dns/resolver/resolve-error.ts'
import type { Resolver } from '../dns/resolver/resolver.ts'
import { isInZone } from '../dns/suite-zone.ts'
import { RefusedError } from '../errors.ts'
import { DEFAULT_TIMEOUT_MS } from '../net/connect.ts'
import { smtp } from '../protocols/smtp.ts'
import type { Endpoint, Locate, LocateMail, MailExchanger } from '../service.ts'
import { Trace } from '../trace/trace.ts'
import { createLocate, createResolver } from './locate.ts'

/**
 * Creates the `locateMail` of the SMTP client for these endpoints. Their DNS server resolves every domain; SRV records give the
 * port of exchangers in the suite's zone, and the others listen on port 25.
 * `send({ mx: true, ... }, { locateMail: createLocateMail(suite.endpoints) })`.
 *
 * @param timeout milliseconds for a DNS query
 */
export function createLocateMail(
  endpoints: readonly Endpoint[],
  trace = new Trace(),
  timeout: number = DEFAULT_TIMEOUT_MS,
): LocateMail {
  const locate = createLocate(endpoints, trace, timeout)
  return async (domain, signal) => {
    const resolver = await createResolver(endpoints, trace, timeout)
    try {
      const exchangers = await findExchangers(resolver, domain, signal)
      return await Promise.all(exchangers.map(exchanger => withPort(exchanger, locate, signal)))
    } catch (error) {
      throw error instanceof ResolveError ? refusal(domain, error) : error
    }
  }
}

interface Exchanger {
  readonly name: string
  readonly addresses: readonly string[]
}

async function findExchangers(resolver: Resolver, domain: string, signal?: AbortSignal): Promise<Exchanger[]> {
  try {
    const servers = await resolver.mx(domain, { signal })
    if (servers.length === 0) throw new RefusedError(556, `5.1.10 ${domain} accepts no mail (null MX, RFC 7505)`)
    return servers.map(({ exchange, addresses }) => ({ name: exchange.replace(/\.$/, ''), addresses }))
  } catch (error) {
    // Without MX records, the domain is its own exchanger. An exchanger without addresses is tried, and fails.
    if (!(error instanceof ResolveError) || error.code !== 'NODATA') throw error
    return [{ name: domain, addresses: await resolver.addresses(domain, { signal }) }]
  }
}

async function withPort({ name, addresses }: Exchanger, locate: Locate, signal?: AbortSignal): Promise<MailExchanger> {
  const isOwn = isInZone(name) && addresses.length > 0
  if (isOwn) return { name, locations: [await locate({ service: smtp.name, host: name, signal })] }
  return { name, locations: addresses.map(host => ({ host, port: smtp.ports.standard })) }
}

/** A relay returns mail to domains that do not exist, and retries if DNS fails. */
function refusal(domain: string, error: ResolveError): RefusedError {
  const [code, status] = DOES_NOT_EXIST.has(error.code) ? [550, '5.1.2'] : [451, '4.4.3']
  const reason = `${error.text} (${error.code})`
  return new RefusedError(code, `${status} cannot find the mail exchanger of ${domain}: ${reason}`, { cause: error })
}

const DOES_NOT_EXIST: ReadonlySet<string> = new Set(['NXDOMAIN', 'NODATA'])
