/**
 * The records of the running services: `www`, `ftp`, `mail`, `hello` and `ns` in the suite's zone, with SRV records for the
 * bound ports (RFC 2782), at the zone's own name and at the host's. Pure.
 */
import type { DnsRecord, SoaData } from '../../../shared/dns/message.ts'
import { fold } from '../../../shared/dns/name.ts'
import { ZONE } from '../../../shared/dns/suite-zone.ts'
import { findProtocol, protocols, srvLabel } from '../../../shared/protocols/index.ts'
import type { Endpoint } from '../../../shared/service.ts'
import { addRecord, type Node, type RecordSet } from '../zone/node.ts'
import { Zone } from '../zone/zone.ts'

/** Seconds. Low, since a service may stop or move at any time. */
export const TTL = 5
const MX_PREFERENCE = 10

/** The host names of all services in the suite's zone. */
export const PUBLISHED_HOSTS: ReadonlySet<string> = new Set(
  Object.values(protocols).map(({ hostName }) => `${hostName}.${ZONE}`),
)

/** Returns the addresses of this machine, for services bound to all of them. */
export type LocalAddresses = (family: 4 | 6) => readonly string[]

/** Returns the records for these endpoints, without duplicates. */
export function publishedRecords(endpoints: readonly Endpoint[], local: LocalAddresses): DnsRecord[] {
  const records = endpoints.flatMap(endpoint => {
    const host = findProtocol(endpoint.service)?.hostName
    return host ? serviceRecords(endpoint, host, local) : []
  })
  return [...new Map(records.map(record => [JSON.stringify(record), record])).values()]
}

function serviceRecords(endpoint: Endpoint, label: string, local: LocalAddresses): DnsRecord[] {
  const host = `${label}.${ZONE}`
  return [
    ...addressRecords(host, endpoint.host, local),
    ...srvRecords(endpoint, host),
    ...svcbRecords(endpoint, host),
    ...apexRecords(endpoint, host),
  ]
}

function addressRecords(host: string, bound: string, local: LocalAddresses): DnsRecord[] {
  const base = { name: host, class: 'IN', ttl: TTL } as const
  const isIpv6 = bound.includes(':')
  return addressesOf(bound, local).map(data =>
    isIpv6 ? { ...base, type: 'AAAA', data } : { ...base, type: 'A', data },
  )
}

function addressesOf(bound: string, local: LocalAddresses): readonly string[] {
  if (bound === '0.0.0.0') return withFallback(local(4), '127.0.0.1')
  if (bound === '::') return withFallback(local(6), '::1')
  return [bound]
}

function withFallback(addresses: readonly string[], loopback: string): readonly string[] {
  return addresses.length > 0 ? addresses : [loopback]
}

function srvRecords({ service, transport, port }: Endpoint, host: string): DnsRecord[] {
  const label = `${srvLabel(service, transport === 'tls')}._${transport === 'udp' ? 'udp' : 'tcp'}`
  const owners = [ZONE, host]
  const data = { priority: 0, weight: 0, port, target: host }
  return owners.map(owner => ({ name: `${label}.${owner}`, class: 'IN', ttl: TTL, type: 'SRV', data }))
}

/** Returns the SVCB record with which clients find the name server over TLS (RFC 9461). */
function svcbRecords({ service, transport, port }: Endpoint, host: string): DnsRecord[] {
  if (service !== 'dns' || transport !== 'tls') return []
  const data = { priority: 1, target: host, params: { alpn: ['dot'], port } }
  return [{ name: `_dns.${host}`, class: 'IN', ttl: TTL, type: 'SVCB', data }]
}

/** Returns the records of the zone's own name: its name server and mail exchange. */
function apexRecords({ service }: Endpoint, host: string): DnsRecord[] {
  const base = { name: ZONE, class: 'IN', ttl: TTL } as const
  if (service === 'dns') return [{ ...base, type: 'NS', data: host }]
  if (service === 'smtp') return [{ ...base, type: 'MX', data: { preference: MX_PREFERENCE, exchange: host } }]
  return []
}

/** The SOA of zones whose text has none. */
export const DEFAULT_SOA: SoaData = {
  mname: `ns.${ZONE}`,
  rname: `hostmaster.${ZONE}`,
  serial: 1,
  refresh: 3600,
  retry: 600,
  expire: 86_400,
  minimum: TTL,
}

/** Creates the suite's zone for when no file has it: all records but its SOA are published. */
export function emptyZone(): Zone {
  const soa = { name: ZONE, class: 'IN', ttl: TTL, type: 'SOA', data: DEFAULT_SOA } as const
  return Zone.of(ZONE, soa, new Map([[ZONE, [[soa]]]]), new Map())
}

/** Groups the records into nodes by their folded owners. */
export function groupIntoNodes(records: readonly DnsRecord[]): Map<string, Node> {
  const nodes = new Map<string, RecordSet[]>()
  for (const record of records) {
    const node = nodes.get(fold(record.name)) ?? []
    nodes.set(fold(record.name), node)
    addRecord(node, record)
  }
  return nodes
}
