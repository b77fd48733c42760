/**
 * Where a client should connect: the running suite's own service when no host is named, the suite's DNS for names in its
 * zone (SRV giving the port, RFC 2782), the host itself otherwise.
 */

import { type DnsReply, query } from '../../clients/dns/index.ts'
import { DEFAULT_TIMEOUT_MS, directly } from '../connect.ts'
import { UnreachableError } from '../errors.ts'
import { isInZone, srvLabel } from '../names.ts'
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
    const { host, port } = own ?? (await directly({ service, tls }))
    return { host, port }
  }
  const ask: Ask = async (name, type, signal) =>
    query({ name, type, server: await ownService('dns') }, { trace, signal, timeout })

  return async target => {
    const { service, host, port, tls } = target
    if (host === undefined) return { ...(await ownService(service, tls)), ...(port === undefined ? {} : { port }) }
    if (!isInZone(host)) return directly(target)
    if (port !== undefined) return { host: await addressOf(host, ask, target), port }
    const found = await byService(target, host, ask)
    return found ?? { host: await addressOf(host, ask, target), port: (await ownService(service, tls)).port }
  }
}

type Ask = (name: string, type: string, signal: AbortSignal | undefined) => Promise<DnsReply>

/** The SRV record of the service at that name, if there is one. */
async function byService(target: Target, host: string, ask: Ask): Promise<Location | undefined> {
  const reply = await ask(`${srvLabel(target.service, target.tls)}._tcp.${host}`, 'SRV', target.signal)
  const [first] = reply.answers
    .flatMap(record => (record.type === 'SRV' ? [record.data] : []))
    .sort((a, b) => (a.priority ?? 0) - (b.priority ?? 0) || (b.weight ?? 0) - (a.weight ?? 0))
  if (!first) return undefined
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
