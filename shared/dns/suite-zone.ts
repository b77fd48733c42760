/** Names that more than one room needs. */

/** The zone that a suite is authoritative for; `.test` is reserved (RFC 6761, section 6.2). */
export const ZONE = 'fourwire.test'

/** A service's SRV label (RFC 2782), where it is not the service's own name. */
const SRV_LABELS: Readonly<Record<string, string>> = { dns: 'domain' }
/** What is offered over TLS beside it has a name of its own in IANA's list. */
const TLS_SRV_LABELS: Readonly<Record<string, string>> = { dns: 'domain-s', http: 'https' }

/** The label under which a service has its SRV records: `_http`, `_domain`; `_https`, `_domain-s` over TLS. */
export function srvLabel(service: string, overTls = false): string {
  const label = overTls ? TLS_SRV_LABELS[service] : undefined
  return `_${label ?? SRV_LABELS[service] ?? service}`
}

/** True for the zone itself and every name under it, whatever the case and with or without the last dot. */
export function isInZone(name: string): boolean {
  const plain = name.toLowerCase().replace(/\.$/, '')
  return plain === ZONE || plain.endsWith(`.${ZONE}`)
}
