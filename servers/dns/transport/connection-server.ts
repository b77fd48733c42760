/**
 * The TCP and TLS listener. Connections are bounded in total and for each address. At a bound the connection that has sent no
 * query for the longest time is closed, so that idle connections do not keep clients out (RFC 7766, section 6.2.3).
 */
import { type OpenConnection, StreamServer } from '../../../shared/net/stream-server.ts'
import { dns } from '../../../shared/protocols/dns.ts'
import type { Context } from '../../../shared/service.ts'
import type { NameServer } from '../name-server.ts'
import { Connection } from './connection.ts'

/** Connections open at once, over TCP and TLS together. */
export const MAX_CONNECTIONS = 256
/** Connections open at once from one address. All programs of a machine share one; a load test has a hundred. */
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
  return others.reduce((one, other) => {
    if (one === undefined) return other
    return other.handler.lastQueryAt < one.handler.lastQueryAt ? other : one
  }, first)
}
