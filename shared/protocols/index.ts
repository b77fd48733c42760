/** The list of protocols. */
import { dns } from './dns.ts'
import { ftp } from './ftp.ts'
import { hello } from './hello.ts'
import { http } from './http.ts'
import type { Protocol } from './protocol.ts'
import { smtp } from './smtp.ts'

export const protocols = { hello, http, ftp, smtp, dns } as const

export type ProtocolName = keyof typeof protocols

export const PROTOCOL_NAMES = Object.keys(protocols) as [ProtocolName, ...ProtocolName[]]

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
