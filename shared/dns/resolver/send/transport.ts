/** How a query is sent, and the response that was received. */
import type { TlsVerification } from '../../../net/connect-tls.ts'
import type { ClientOptions } from '../../../service.ts'
import type { DecodedResponse, QueryOptions } from './prepared-query.ts'

/** `http` is DNS over HTTPS without TLS, for tests and behind a proxy. */
export type Transport = 'udp' | 'tcp' | 'tls' | 'https' | 'http'

export interface SendQueryOptions extends QueryOptions, Pick<ClientOptions, 'trace' | 'signal'> {
  /** Default: `udp`, then TCP if the response is truncated. */
  readonly transport?: Transport | undefined
  /** Milliseconds until the complete response, over all tries and transports. */
  readonly timeout?: number | undefined
  /** How often the query is sent by UDP while no response arrives (default: 3). */
  readonly tries?: number | undefined
  /** How TLS and HTTPS verify the server. */
  readonly verification?: TlsVerification | undefined
  /** Path for HTTPS (default: `/dns-query`, the example of RFC 8484). */
  readonly path?: string | undefined
  /** Method for HTTPS (default: POST). */
  readonly method?: 'GET' | 'POST' | undefined
}

/** A response that matches the query. */
export interface ReceivedResponse extends DecodedResponse {
  /** The bytes as received: with the query's id, its randomized case and the signature. */
  readonly bytes: Buffer
  /** The transport that carried the response. */
  readonly transport: Transport
}
