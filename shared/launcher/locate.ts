/**
 * Resolves where a client connects: to the running suite's own service if no host is given, to the address and port in the
 * suite's DNS for names in its zone (SRV, RFC 2782), to the given host otherwise.
 */
import { ResolveError } from '../dns/resolver/resolve-error.ts'
import type { Resolver } from '../dns/resolver/resolver.ts'
import { isInZone, ZONE } from '../dns/suite-zone.ts'
import { UnreachableError } from '../errors.ts'
import { DEFAULT_TIMEOUT_MS, locateDirectly } from '../net/connect.ts'
import { protocols, srvLabel } from '../protocols/index.ts'
import type { Endpoint, Locate, Location, Target } from '../service.ts'
import { Trace } from '../trace/trace.ts'

/**
 * Creates the `locate` of clients for these endpoints. Names in the zone are resolved with their DNS server; the trace gets
 * those queries. `request({ url: 'http://www.fourwire.test/' }, { locate: createLocate(suite.endpoints) })`.
 *
 * @param timeout milliseconds for a DNS query
 */
export function createLocate(
  endpoints: readonly Endpoint[],
  trace = new Trace(),
  timeout: number = DEFAULT_TIMEOUT_MS,
): Locate {
  const ownService = (service: string, tls = false) => locateOwnService(endpoints, service, tls)

  return async target => {
    const { service, host, port, tls } = target
    if (host === undefined) return { ...(await ownService(service, tls)), ...(port === undefined ? {} : { port }) }
    if (!isInZone(host)) return locateDirectly(target)
    const names = await createResolver(endpoints, trace, timeout)
    if (port !== undefined) return { host: await addressOf(host, names, target), port }
    // SRV records have the port without TLS.
    const found = tls ? undefined : await locateBySrv(target, host, names)
    return found ?? { host: await addressOf(host, names, target), port: (await ownService(service, tls)).port }
  }
}

/** Creates a resolver that queries the DNS server among these endpoints. */
export async function createResolver(endpoints: readonly Endpoint[], trace: Trace, timeout: number): Promise<Resolver> {
  // Loaded late: most targets are addresses.
  const { Resolver } = await import('../dns/resolver/resolver.ts')
  // Names keep their case, because people read the conversation.
  return new Resolver({ servers: [await locateOwnService(endpoints, 'dns')], randomizeCase: false, trace, timeout })
}

async function locateOwnService(endpoints: readonly Endpoint[], service: string, tls = false): Promise<Location> {
  const own = endpoints.find(endpoint => endpoint.service === service && (endpoint.transport === 'tls') === tls)
  const { host, port } = own ?? (await locateDirectly({ service, tls }))
  return { host, port }
}

/** Returns the location from the SRV records of the service at that name; undefined if there are none. */
async function locateBySrv(target: Target, host: string, names: Resolver): Promise<Location | undefined> {
  const [first] = await orEmpty(names.srv(`${srvLabel(target.service)}._tcp.${host}`, target))
  if (!first) return undefined
  const { target: name, port, addresses } = first
  return { host: addresses[0] ?? (await addressOf(name, names, target)), port }
}

async function addressOf(name: string, names: Resolver, { signal }: Target): Promise<string> {
  for (const type of ['A', 'AAAA'] as const) {
    const [address] = await orEmpty(names.resolve(name, type, { signal }).then(({ records }) => records))
    if (address) return address.data
  }
  throw new UnreachableError(name, 'DNS has no address for that name', {
    hint: `The names of running services are ${HOST_NAMES.join(', ')}`,
  })
}

const HOST_NAMES = Object.values(protocols).map(({ hostName }) => `${hostName}.${ZONE}`)

/** Returns an empty list if the server has no such records or answers with an error. */
async function orEmpty<Item>(found: Promise<readonly Item[]>): Promise<readonly Item[]> {
  try {
    return await found
  } catch (error) {
    if (error instanceof ResolveError) return []
    throw error
  }
}
