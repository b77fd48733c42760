/**
 * Where a client should connect: the running suite's own service when no host is named, the suite's DNS for names in its
 * zone (SRV giving the port, RFC 2782), the host itself otherwise.
 */

import { type DnsReply, query } from '../../clients/dns/index.ts'
import { UnreachableError } from '../errors.ts'
import { isInZone } from '../names.ts'
import type { Endpoint, Locate, Location, Target } from '../service.ts'
import type { Trace } from '../trace/trace.ts'
import { resolveSuite, SERVICE_NAMES, type ServiceName } from './options.ts'

/** The ports of the protocols on hosts that are not ours. */
const STANDARD_PORTS: Readonly<Record<ServiceName, number>> = { hello: 5000, http: 80, ftp: 21, smtp: 25, dns: 53 }

/** Makes the `locate` of one client run: endpoints as found in the data folder, and the trace its DNS is told to. */
export function createLocate(endpoints: readonly Endpoint[], trace: Trace, timeout: number): Locate {
  const ownService = (service: string): Location =>
    endpoints.find(endpoint => endpoint.service === service) ?? defaultLocation(service)

  const ask = (name: string, type: string, signal: AbortSignal | undefined): Promise<DnsReply> =>
    query({ name, type, server: ownService('dns') }, { trace, signal, timeout })

  return async target => {
    const { service, host, port } = target
    if (host === undefined) return { ...pick(ownService(service)), ...(port === undefined ? {} : { port }) }
    if (!isInZone(host)) return { host, port: port ?? standardPort(service) }
    return port === undefined ? await byService(target, host, ask) : { host: await addressOf(host, ask, target), port }
  }
}

type Ask = (name: string, type: string, signal: AbortSignal | undefined) => Promise<DnsReply>

/** SRV of the service at that name; where there is none, the name's address and the protocol's own port here. */
async function byService(target: Target, host: string, ask: Ask): Promise<Location> {
  const reply = await ask(`_${target.service}._tcp.${host}`, 'SRV', target.signal)
  const [first] = reply.answers
    .flatMap(record => (record.type === 'SRV' ? [record.data] : []))
    .sort((a, b) => (a.priority ?? 0) - (b.priority ?? 0) || (b.weight ?? 0) - (a.weight ?? 0))
  if (!first) return { host: await addressOf(host, ask, target), port: defaultLocation(target.service).port }
  const known = reply.additionals.flatMap(record =>
    (record.type === 'A' || record.type === 'AAAA') && sameName(record.name, first.target) ? [record.data] : [],
  )
  return { host: known[0] ?? (await addressOf(first.target, ask, target)), port: first.port }
}

async function addressOf(name: string, ask: Ask, { signal }: Target): Promise<string> {
  for (const type of ['A', 'AAAA'] as const) {
    const { answers } = await ask(name, type, signal)
    for (const record of answers) if (record.type === type) return record.data
  }
  throw new UnreachableError(name, 'DNS has no address for that name', {
    hint: 'the names of running services are www, ftp, mail, hello and ns in fourwire.test',
  })
}

function sameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase()
}

function pick({ host, port }: Location): Location {
  return { host, port }
}

function standardPort(service: string): number {
  return isServiceName(service) ? STANDARD_PORTS[service] : 0
}

/** Where the service would be, had it been started without any option. */
function defaultLocation(service: string): Location {
  if (!isServiceName(service)) throw new Error(`there is no service ${service}`)
  return resolveSuite({}, 'own').options[service] as Location
}

function isServiceName(name: string): name is ServiceName {
  return (SERVICE_NAMES as readonly string[]).includes(name)
}
