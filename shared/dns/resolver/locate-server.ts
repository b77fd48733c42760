/** Resolves where a name server is, by which transport to query it, and how to verify it. */
import { locateDirectly } from '../../net/connect.ts'
import type { TlsVerification } from '../../net/connect-tls.ts'
import type { ClientOptions, Location, Target } from '../../service.ts'
import type { TsigKey } from '../tsig/key.ts'
import type { SendQueryOptions, Transport } from './send/transport.ts'
import { parseServerUrl } from './server-url.ts'

/** A name server and how to reach it: the part that is common to queries, walks and transfers. */
export interface DnsServer extends Pick<SendQueryOptions, 'verification' | 'path' | 'method'> {
  /**
   * `HOST:PORT` (`[::1]:5300` for IPv6), a URL that sets the transport (`tls://HOST`, `https://HOST/dns-query`; without a
   * port, the standard port of the transport), or a location. Default: the running suite.
   */
  readonly server?: string | Location | undefined
  /** The transport, unless the URL of the server sets it. Default: `udp`, then TCP if the response is truncated. */
  readonly transport?: Transport | undefined
  /**
   * Signs the query (TSIG, RFC 8945) and accepts only responses signed with the same key:
   * `[ALGORITHM:]NAME:SECRET`, the secret in base64.
   */
  readonly key?: string | TsigKey | undefined
}

/** A server after its address, transport and authority are resolved. */
export interface LocatedServer {
  readonly location: Location
  readonly transport: Transport | undefined
  readonly path: string | undefined
  readonly verification: TlsVerification | undefined
}

/**
 * Resolves the address of a server.
 *
 * @throws UsageError if the server is invalid
 * @throws UnreachableError if its name has no address
 */
export async function locateServer(request: DnsServer, options: ClientOptions): Promise<LocatedServer> {
  const { server, path } = request
  if (typeof server === 'object') {
    const location = { host: server.host, port: server.port }
    const verification = await verificationOf(request, undefined, options)
    return { location, transport: request.transport, path, verification }
  }
  const url = server === undefined ? undefined : parseServerUrl(server)
  const transport = url?.transport ?? request.transport
  const { host, port } = url ?? {}
  const locate = options.locate ?? locateDirectly
  const location = await locate({ ...serviceOf(transport), host, port, signal: options.signal })
  const verification = await verificationOf({ ...request, transport }, host, options)
  return { location, transport, path: url?.path ?? path, verification }
}

/** The HTTP server answers DNS over HTTPS. */
function serviceOf(transport: Transport = 'udp'): Pick<Target, 'service' | 'tls'> {
  const isHttp = transport === 'http' || transport === 'https'
  return { service: isHttp ? 'http' : 'dns', tls: transport === 'tls' || transport === 'https' }
}

/** Unless the request names authorities, the running suite's own authority is trusted in addition to the system's. */
async function verificationOf(
  { transport, verification }: DnsServer,
  host: string | undefined,
  options: ClientOptions,
): Promise<TlsVerification | undefined> {
  if (transport !== 'tls' && transport !== 'https') return undefined
  const ca = verification?.ca ?? (await options.authority?.())
  return { serverName: host, ...verification, ca }
}
