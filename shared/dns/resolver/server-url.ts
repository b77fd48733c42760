/** A name server as people write it: an address, or a URL that says how to ask. Pure. */

import { UsageError } from '../../errors.ts'
import { hostOf } from '../../net/address.ts'
import { parseServerAddress } from '../../net/server-address.ts'
import { DNS_QUERY_PATH } from '../over-https.ts'
import type { Transport } from './transport.ts'

/** What was written; without a port, the one of the transport is meant. */
export interface NameServerUrl {
  readonly host: string
  readonly port: number | undefined
  /** Undefined for a bare address. */
  readonly transport: Transport | undefined
  /** Of HTTPS: `/dns-query`. */
  readonly path: string | undefined
}

/** The ports where these are spoken (RFC 1035, 7858, 8484). */
export const STANDARD_PORTS: Readonly<Record<Transport, number>> = { udp: 53, tcp: 53, tls: 853, https: 443, http: 80 }

/**
 * Reads `HOST[:PORT]`, `udp://HOST`, `tcp://HOST`, `tls://HOST[:PORT]`, `https://HOST[:PORT][/PATH]` or the same with `http:`.
 *
 * @throws UsageError quoting what is none
 */
export function parseServerUrl(text: string): NameServerUrl {
  const [, scheme, rest = ''] = /^([a-z][a-z\d+.-]*):\/\/(.*)$/i.exec(text) ?? []
  if (scheme === undefined) return { ...parseServerAddress(text), transport: undefined, path: undefined }
  const transport = scheme.toLowerCase()
  if (!isTransport(transport)) {
    throw new UsageError(
      `${JSON.stringify(text)} is no name server; as in tls://127.0.0.1:8530, https://127.0.0.1:8443/dns-query`,
    )
  }
  if (transport !== 'https' && transport !== 'http') {
    return { ...parseServerAddress(rest.replace(/\/$/, '')), transport, path: undefined }
  }
  return { ...readHttpUrl(text), transport }
}

function isTransport(scheme: string): scheme is Transport {
  return Object.hasOwn(STANDARD_PORTS, scheme)
}

function readHttpUrl(text: string) {
  if (!URL.canParse(text))
    throw new UsageError(`${JSON.stringify(text)} is not a URL; as in https://127.0.0.1:8443/dns-query`)
  const url = new URL(text)
  const path = `${url.pathname}${url.search}`
  return {
    host: hostOf(url),
    port: url.port === '' ? undefined : Number(url.port),
    path: path === '/' ? DNS_QUERY_PATH : path,
  }
}
