/** The ports of the protocols: the suite's own, which need no privilege, and those assigned to the protocol. */

/** `own` and `standard`; where a protocol has them over TLS (HTTPS, DNS over TLS), `ownTls` and `standardTls`. */
export const PORTS = {
  hello: { own: 5000, standard: 5000 },
  http: { own: 8080, standard: 80, ownTls: 8443, standardTls: 443 },
  ftp: { own: 2121, standard: 21 },
  smtp: { own: 2525, standard: 25 },
  dns: { own: 5300, standard: 53, ownTls: 8530, standardTls: 853 },
} as const

/** A service that has ports. */
export type ProtocolName = keyof typeof PORTS

/** True for the name of one of the suite's protocols. */
export function isProtocolName(name: string): name is ProtocolName {
  return Object.hasOwn(PORTS, name)
}
