/**
 * The connections of the server, by TCP or TLS: each is followed by the trace, guarded, counted, and let go in good order.
 * There is a bound for all and one for each address; at a bound the connection that has said nothing for longest makes
 * room, so that idle ones cannot keep anybody out (RFC 7766, section 6.2.3).
 */
import type { Socket } from 'node:net'
import { errorText } from '../../../shared/errors.ts'
import { plainHost } from '../../../shared/net/address.ts'
import { ConnectionGuard } from '../../../shared/net/connection-guard.ts'
import { OpenSockets } from '../../../shared/net/open-sockets.ts'
import type { Context } from '../../../shared/service.ts'
import { dnsStreamDissector } from '../../../shared/trace/dissectors/dns.ts'
import type { NameServer } from '../name-server.ts'
import type { Client } from '../query.ts'
import { Connection } from './connection.ts'

/** How many clients may be connected at once, by TCP and TLS together. */
export const MAX_CONNECTIONS = 256
/** How many of them may be of one address. A machine's own programs share one, a load test has a hundred. */
export const MAX_PER_ADDRESS = 128

interface Open {
  readonly address: string
  readonly connection: Connection
}

export class Connections {
  readonly #nameServer: Pick<NameServer, 'handle'>
  readonly #context: Context
  readonly #sockets = new OpenSockets()
  readonly #open = new Set<Open>()
  #markClosed: () => void = () => {}
  /** Resolves when `close` is over. */
  readonly closed = new Promise<void>(resolve => {
    this.#markClosed = resolve
  })
  #closing = false

  constructor(nameServer: Pick<NameServer, 'handle'>, context: Context) {
    this.#nameServer = nameServer
    this.#context = context
  }

  /** Takes a new connection, a TLS one once it is secure. Its socket is one that stays open when the client ends its side. */
  accept(socket: Socket, transport: 'tcp' | 'tls'): void {
    const client = clientOf(socket, transport)
    if (this.#closing || !this.#makeRoom(client.address)) {
      socket.destroy()
      return
    }
    const { log, trace } = this.#context
    this.#sockets.add(socket)
    const guard = new ConnectionGuard(socket, log, 'dns')
    guard.on('error', (error: Error) => log.info({ error: errorText(error) }, 'dns: connection failed'))
    guard.run(() => {
      trace.follow(socket, { protocol: 'dns', side: 'server', transport, dissector: dnsStreamDissector })
      const connection = new Connection(socket, guard, query => this.#nameServer.handle(query, client))
      const open = { address: client.address, connection }
      this.#open.add(open)
      socket.once('close', () => this.#open.delete(open))
    })
  }

  /** Has every client answered what it asked, for at most that many milliseconds; then ends what is left. */
  async close(drainTime: number): Promise<void> {
    this.#closing = true
    for (const { connection } of this.#open) connection.finish()
    await this.#sockets.drain(drainTime)
    this.#markClosed()
  }

  /** Sees to it that one more connection of that address is within the bounds; false where nobody can make room. */
  #makeRoom(address: string): boolean {
    const all = [...this.#open]
    const own = all.filter(open => open.address === address)
    if (own.length >= MAX_PER_ADDRESS) return this.#endIdlest(own)
    return all.length < MAX_CONNECTIONS || this.#endIdlest(all)
  }

  #endIdlest(among: readonly Open[]): boolean {
    const idle = among.filter(({ connection }) => connection.idle)
    const [first, ...others] = idle
    if (!first) return false
    const longest = others.reduce((a, b) => (b.connection.heardAt < a.connection.heardAt ? b : a), first)
    this.#open.delete(longest)
    longest.connection.finish()
    return true
  }
}

function clientOf({ remoteAddress = '', remotePort = 0 }: Socket, transport: Client['transport']): Client {
  return { transport, address: plainHost(remoteAddress), port: remotePort }
}
