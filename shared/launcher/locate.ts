/**
 * Where a client should connect: the running suite's own service when no host is named, the suite's DNS for names in its
 * zone (SRV giving the port, RFC 2782), the host itself otherwise.
 */

import { ResolveError, Resolver } from '../../clients/dns/index.ts'
import { isInZone, ZONE } from '../dns/suite-zone.ts'
import { UnreachableError } from '../errors.ts'
import { DEFAULT_TIMEOUT_MS, locateDirectly } from '../net/connect.ts'
import { protocols, srvLabel } from '../protocols/index.ts'
import type { Endpoint, Locate, Location, Target } from '../service.ts'
import { Trace } from '../trace/trace.ts'

/**
 * Makes the `locate` of clients that talk to these endpoints: names in the zone go through their DNS, whose conversations
 * are told to the trace. `request({ url: 'http://www.fourwire.test/' }, { locate: createLocate(suite.endpoints) })`.
 *
 * @param timeout milliseconds that the DNS may take
 */
export function createLocate(
  endpoints: readonly Endpoint[],
  trace = new Trace(),
  timeout: number = DEFAULT_TIMEOUT_MS,
): Locate {
  const ownService = async (service: string, tls = false): Promise<Location> => {
    const own = endpoints.find(endpoint => endpoint.service === service && (endpoint.transport === 'tls') === tls)
    const { host, port } = own ?? (await locateDirectly({ service, tls }))
    return { host, port }
  }
  const resolver = async () =>
    // Letters as they were typed: the conversation is there to be read.
    new Resolver({ servers: [await ownService('dns')], randomizeCase: false, trace, timeout })

  return async target => {
    const { service, host, port, tls } = target
    if (host === undefined) return { ...(await ownService(service, tls)), ...(port === undefined ? {} : { port }) }
    if (!isInZone(host)) return locateDirectly(target)
    const names = await resolver()
    if (port !== undefined) return { host: await addressOf(host, names, target), port }
    // SRV records tell the port without TLS.
    const found = tls ? undefined : await locateBySrv(target, host, names)
    return found ?? { host: await addressOf(host, names, target), port: (await ownService(service, tls)).port }
  }
}

/** The place that the SRV records of the service at that name tell, if there are any. */
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

/** Nothing where the server answers that there is nothing, or that it cannot tell. */
async function orEmpty<Item>(found: Promise<readonly Item[]>): Promise<readonly Item[]> {
  try {
    return await found
  } catch (error) {
    if (error instanceof ResolveError) return []
    throw error
  }
}
