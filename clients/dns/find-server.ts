/** Which server is meant, how it is to be asked, and whom TLS believes to be it. */

import { parseServerUrl } from '../../shared/dns/resolver/server-url.ts'
import type { Transport } from '../../shared/dns/resolver/transport.ts'
import { locateDirectly } from '../../shared/net/connect.ts'
import type { TlsVerification } from '../../shared/net/connect-tls.ts'
import type { ClientOptions, Location, Target } from '../../shared/service.ts'
import type { DnsServer } from './query.ts'

export interface FoundServer {
  readonly location: Location
  readonly transport: Transport | undefined
  readonly path: string | undefined
  readonly verification: TlsVerification | undefined
}

/** @throws UsageError for what is no server, UnreachableError for a name that has no address */
export async function findServer(request: DnsServer, options: ClientOptions): Promise<FoundServer> {
  const { server, path } = request
  if (typeof server === 'object') {
    const location = { host: server.host, port: server.port }
    return { location, transport: request.transport, path, verification: await verify(request, undefined, options) }
  }
  const written = server === undefined ? undefined : parseServerUrl(server)
  const transport = written?.transport ?? request.transport
  const { host, port } = written ?? {}
  const location = await (options.locate ?? locateDirectly)({
    ...target(transport),
    host,
    port,
    signal: options.signal,
  })
  const verification = await verify({ ...request, transport }, host, options)
  return { location, transport, path: written?.path ?? path, verification }
}

/** DNS over HTTPS is a part of the HTTP server. */
function target(transport: Transport = 'udp'): Pick<Target, 'service' | 'tls'> {
  const isHttp = transport === 'http' || transport === 'https'
  return { service: isHttp ? 'http' : 'dns', tls: transport === 'tls' || transport === 'https' }
}

/** The running suite's own authority is believed, beside those that the system believes, where no other was named. */
async function verify(
  { transport, verification }: DnsServer,
  host: string | undefined,
  options: ClientOptions,
): Promise<TlsVerification | undefined> {
  if (transport !== 'tls' && transport !== 'https') return undefined
  const ca = verification?.ca ?? (await options.authority?.())
  return { serverName: host, ...verification, ca }
}
