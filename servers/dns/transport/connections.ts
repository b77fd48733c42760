/** The connections of the server, by TCP or TLS: each is followed by the trace, guarded, counted, and let go in good order. */
import type { Socket } from 'node:net'
import { plainHost } from '../../../shared/address.ts'
import { errorText } from '../../../shared/errors.ts'
import { Guard, OpenSockets } from '../../../shared/listener.ts'
import type { Context } from '../../../shared/service.ts'
import { dnsStreamDissector } from '../../../shared/trace/dissectors/dns.ts'
import type { NameServer } from '../name-server.ts'
import type { Client } from '../query.ts'
import { Connection } from './connection.ts'

export class Connections {
  readonly #nameServer: NameServer
  readonly #context: Context
  readonly #sockets = new OpenSockets()
  readonly #connections = new Set<Connection>()

  constructor(nameServer: NameServer, context: Context) {
    this.#nameServer = nameServer
    this.#context = context
  }

  /** Takes a new connection, a TLS one once it is secure. Its socket is one that stays open when the client ends its side. */
  accept(socket: Socket, transport: 'tcp' | 'tls'): void {
    const { log, trace } = this.#context
    this.#sockets.add(socket)
    const guard = new Guard(socket, log, 'dns')
    guard.on('error', (error: Error) => log.info({ error: errorText(error) }, 'dns: connection failed'))
    guard.run(() => {
      trace.follow(socket, { protocol: 'dns', side: 'server', transport, dissector: dnsStreamDissector })
      const client = clientOf(socket, transport)
      const connection = new Connection(socket, guard, query => this.#nameServer.handle(query, client))
      this.#connections.add(connection)
      socket.once('close', () => this.#connections.delete(connection))
    })
  }

  /** Has every client answered what it asked, for at most that many milliseconds; then ends what is left. */
  async close(drainTime: number): Promise<void> {
    for (const connection of this.#connections) connection.finish()
    await this.#sockets.drain(drainTime)
  }
}

function clientOf({ remoteAddress = '', remotePort = 0 }: Socket, transport: Client['transport']): Client {
  return { transport, address: plainHost(remoteAddress), port: remotePort }
}
