/** Chooses the endpoint of the SMTP server to which the application submits mail. Pure. */
import type { Endpoint } from '../../../../../shared/endpoint.ts'
import { isLoopback } from '../../../../../shared/net/address.ts'

/** Returns the endpoint without TLS if only this machine can reach it, or else the one with TLS; undefined if there is none. */
export function submissionEndpoint(endpoints: readonly Endpoint[]): Endpoint | undefined {
  const smtp = endpoints
    .filter(({ service }) => service === 'smtp')
    .map(endpoint => ({ ...endpoint, host: reachableHost(endpoint.host) }))
  const isLocal = ({ transport, host }: Endpoint) => transport === 'tcp' && isLoopback(host)
  return smtp.find(isLocal) ?? smtp.find(({ transport }) => transport === 'tls') ?? smtp[0]
}

/** A server on a wildcard address is reachable at the loopback address. */
function reachableHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  return host === '::' ? '::1' : host
}
