/** The data connections of a session: their addresses, their part in the trace, and their end with the session. */
import type { Socket } from 'node:net'
import type { Address } from '../../../shared/net/address.ts'
import { OpenSockets } from '../../../shared/net/open-sockets.ts'
import type { StreamConnection } from '../../../shared/net/stream-server.ts'
import type { Trace } from '../../../shared/trace/trace.ts'
import type { DataConnectionOptions, DataSocket } from './connectors.ts'
import { chooseDataHost } from './data-host.ts'

/**
 * Data connections of a session that may be open at once. After a transfer, one stays open until the client closes its side: a
 * session could otherwise take all descriptors of the process.
 */
const MAX_OPEN = 16

export class DataSockets {
  readonly options: DataConnectionOptions
  readonly #control: StreamConnection
  readonly #trace: Trace
  readonly #sockets = new OpenSockets()

  /** @param timeout milliseconds until a data connection must be open, and that it may be idle */
  constructor(control: StreamConnection, trace: Trace, timeout: number) {
    this.#control = control
    this.#trace = trace
    const { localAddress = '', remoteAddress = '' } = control.socket
    const { host, isControlHost } = chooseDataHost(localAddress, control.localHost)
    this.options = {
      localHost: host,
      allowsEpsv: isControlHost,
      clientHost: remoteAddress,
      timeout,
      follow: (socket, localPort) => this.#follow(socket, timeout, localPort),
    }
  }

  destroy(): void {
    this.#sockets.destroy()
  }

  #follow(socket: Socket, timeout: number, localPort: number | undefined): DataSocket {
    const [oldest] = this.#sockets.size < MAX_OPEN ? [] : this.#sockets
    oldest?.destroy()
    this.#sockets.add(socket)
    socket.setTimeout(timeout, () => socket.destroy())
    // The transfer reports the error.
    socket.on('error', () => {})
    // Without a dissector: the transfer emits itself, because it knows what it sends and receives.
    const follow = { protocol: 'ftp', side: 'server', addresses: this.#addressesOf(socket, localPort) } as const
    return { socket, conversation: this.#trace.followData(socket, follow, this.#control.conversation) }
  }

  /** Undefined if the trace has no listener, or the port is not known: the trace then gets them from the system, which takes longer. */
  #addressesOf(socket: Socket, localPort: number | undefined): { client: Address; server: Address } | undefined {
    if (!this.#trace.active || localPort === undefined) return undefined
    const { localHost, clientHost } = this.options
    return {
      client: { host: clientHost, port: socket.remotePort ?? 0 },
      server: { host: localHost, port: localPort },
    }
  }
}
