/** The record of one protocol. Everything outside the protocol's rooms that depends on the protocol derives from it. */
import type { Dissector } from '../trace/dissector.ts'

/** The port numbers of a protocol. */
export interface Ports {
  /** Fourwire's default, which needs no privilege. */
  readonly default: number
  /** The port that IANA assigned to the protocol. */
  readonly standard: number
}

/** Names of environment variables, each with the property of an endpoint that it holds. */
export type EndpointVariables = Readonly<Record<string, 'host' | 'port' | 'url'>>

/** How the protocol is offered over TLS from the first byte on. */
export interface TlsVariant {
  readonly scheme: string
  readonly ports: Ports
  /** Service label of SRV records, without the underscore (RFC 2782). */
  readonly srvLabel: string
  /** Variables of `suite.env()` in addition to `NAME_TLS_PORT` and `NAME_TLS_URL`. */
  readonly variables?: EndpointVariables
}

/** Functions that create the dissectors, which turn a protocol's bytes into trace events. */
export interface Dissectors {
  /** Creates a dissector for one connection. */
  readonly stream: () => Dissector
  /** Creates a dissector for one datagram, if the protocol is also used over UDP. */
  readonly datagram?: () => Dissector
}

export interface Protocol<Name extends string = string> {
  /** Name of the server, the client, the command and the settings: `dns`. */
  readonly name: Name
  /** Scheme of the URLs that the banner prints: `http`. */
  readonly scheme: string
  readonly ports: Ports
  /** Service label of SRV records, without the underscore (RFC 2782). */
  readonly srvLabel: string
  readonly tls?: TlsVariant
  /** Host name under the suite's zone: `www` makes `www.fourwire.test`. */
  readonly hostName: string
  /** Variables of `suite.env()` in addition to `NAME_HOST`, `NAME_PORT` and `NAME_URL`. */
  readonly variables?: EndpointVariables
  /** False if programs do not accept a URL with a name and a password, as `fetch` does not. Default: true. */
  readonly acceptsCredentialsInUrl?: boolean
  /** Color in the terminal, by its name in `util.styleText`. */
  readonly color: 'white' | 'green' | 'yellow' | 'magenta' | 'cyan' | 'blue'
  /** Loads the dissectors. They are loaded on use because some need a library. */
  readonly loadDissectors: () => Promise<Dissectors>
}

/** Declares a protocol and keeps its literal types. */
export function defineProtocol<const Definition extends Protocol>(protocol: Definition): Definition {
  return protocol
}
