/** The list of protocols. */
import { dns } from './dns.ts'
import { ftp } from './ftp.ts'
import { hello } from './hello.ts'
import { http } from './http.ts'
import type { Protocol } from './protocol.ts'
import { smtp } from './smtp.ts'
import { sql } from './sql.ts'

export const protocols = { hello, http, ftp, smtp, dns } as const

export type ProtocolName = keyof typeof protocols

/** The protocols of the trace: those of the services, and the ones that only Fourwire itself uses, as a client of others. */
export const tracedProtocols = { ...protocols, sql }

export type TracedProtocolName = keyof typeof tracedProtocols

export const TRACED_PROTOCOL_NAMES = Object.keys(tracedProtocols) as [TracedProtocolName, ...TracedProtocolName[]]

/** Finds a protocol by its name. */
export function findProtocol(name: string): Protocol | undefined {
  return Object.hasOwn(protocols, name) ? protocols[name as ProtocolName] : undefined
}

/** The label of a service's SRV records (RFC 2782): `_http`, `_domain`; `_https`, `_domain-s` over TLS. */
export function srvLabel(service: string, overTls = false): string {
  const protocol = findProtocol(service)
  const label = overTls ? protocol?.tls?.srvLabel : protocol?.srvLabel
  return `_${label ?? service}`
}
