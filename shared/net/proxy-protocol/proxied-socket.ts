/** The addresses of a connection that a balancer passes on. */
import { isIPv6, type Socket } from 'node:net'
import type { ProxiedAddresses } from './header.ts'

/**
 * Gives a socket the addresses of the connection between the client and the balancer. node:http, smtp-server and ftp-srv,
 * the trace and the log all read them from the socket, where they are inherited getters that query the system. Properties of
 * the socket itself hide these, so that no reader needs to know about balancers.
 */
export function setAddresses(socket: Socket, { source, destination }: ProxiedAddresses): void {
  Object.defineProperties(socket, {
    remoteAddress: { value: source.host },
    remotePort: { value: source.port },
    remoteFamily: { value: familyOf(source.host) },
    localAddress: { value: destination.host },
    localPort: { value: destination.port },
    localFamily: { value: familyOf(destination.host) },
  })
}

function familyOf(host: string): 'IPv4' | 'IPv6' {
  return isIPv6(host) ? 'IPv6' : 'IPv4'
}
