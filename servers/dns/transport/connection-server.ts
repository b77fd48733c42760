/**
 * Accepts TCP and TLS connections. Their number is bounded, in total and per address. At a bound, a new connection replaces the
 * one that has been idle for the longest time, so that idle connections do not keep clients out (RFC 7766, section 6.2.3).
 */
import { type OpenConnection, StreamServer } from '../../../shared/net/stream-server.ts'
import { dns } from '../../../shared/protocols/dns.ts'
import type { Context } from '../../../shared/service.ts'
import type { NameServer } from '../name-server.ts'
import { Connection } from './connection.ts'

/** Maximum number of open connections, over TCP and TLS together. */
export const MAX_CONNECTIONS = 256
/** Maximum number of open connections from one address. The programs of a machine share it; a load test opens a hundred. */
export const MAX_PER_ADDRESS = 128

export function createConnectionServer(
  nameServer: Pick<NameServer, 'handle'>,
  context: Context,
): StreamServer<Connection> {
  return new StreamServer(context, {
    protocol: dns,
    maxConnections: MAX_CONNECTIONS,
    maxPerAddress: MAX_PER_ADDRESS,
    whenFull: { action: 'evict', choose: longestIdle },
    alpn: ['dot'],
    handle: ({ socket, guard, transport, peer: { host, port } }) =>
      new Connection(socket, guard, query => nameServer.handle(query, { transport, address: host, port })),
  })
}

function longestIdle(open: readonly OpenConnection<Connection>[]): OpenConnection<Connection> | undefined {
  const [first, ...others] = open.filter(({ handler }) => handler.idle)
  return others.reduce((longest, other) => {
    if (longest === undefined) return other
    return other.handler.lastQueryAt < longest.handler.lastQueryAt ? other : longest
  }, first)
}
