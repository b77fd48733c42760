/** Parses the address of a name server, or a URL that also selects the transport. Pure. */
import { UsageError } from '../../errors.ts'
import { hostOf } from '../../net/address.ts'
import { parseServerAddress } from '../../net/server-address.ts'
import { DNS_QUERY_PATH } from '../over-https.ts'
import type { Transport } from './send/transport.ts'

/** Without a port, the standard port of the transport applies. */
export interface NameServerUrl {
  readonly host: string
  readonly port: number | undefined
  /** Undefined for a bare address. */
  readonly transport: Transport | undefined
  /** Path for HTTPS, such as `/dns-query`; undefined for other transports. */
  readonly path: string | undefined
}

/** RFC 1035, RFC 7858, RFC 8484. */
export const STANDARD_PORTS: Readonly<Record<Transport, number>> = { udp: 53, tcp: 53, tls: 853, https: 443, http: 80 }

/**
 * Parses `HOST[:PORT]`, or the same after `udp://`, `tcp://` or `tls://`, or `https://HOST[:PORT][/PATH]`, or the same
 * with `http://`.
 *
 * @throws UsageError if the text is none of these
 */
export function parseServerUrl(text: string): NameServerUrl {
  const [, scheme, rest = ''] = /^([a-z][a-z\d+.-]*):\/\/(.*)$/i.exec(text) ?? []
  if (scheme === undefined) return { ...parseServerAddress(text), transport: undefined, path: undefined }
  const transport = scheme.toLowerCase()
  if (!isTransport(transport)) {
    throw new UsageError(
      `${JSON.stringify(text)} is not a name server. Examples: tls://127.0.0.1:8530, https://127.0.0.1:8443/dns-query`,
    )
  }
  if (transport !== 'https' && transport !== 'http') {
    return { ...parseServerAddress(rest.replace(/\/$/, '')), transport, path: undefined }
  }
  return { ...parseHttpUrl(text), transport }
}

function isTransport(scheme: string): scheme is Transport {
  return Object.hasOwn(STANDARD_PORTS, scheme)
}

function parseHttpUrl(text: string) {
  if (!URL.canParse(text)) {
    throw new UsageError(`${JSON.stringify(text)} is not a URL. Example: https://127.0.0.1:8443/dns-query`)
  }
  const url = new URL(text)
  const path = `${url.pathname}${url.search}`
  return {
    host: hostOf(url),
    port: url.port === '' ? undefined : Number(url.port),
    path: path === '/' ? DNS_QUERY_PATH : path,
  }
}
