/** The data connections of a session: their addresses, their part in the trace, and their end with the session. */
import type { Socket } from 'node:net'
import type { StreamConnection } from '../../../shared/net/stream-server.ts'
import type { DataConnectionOptions } from './connectors.ts'
import { chooseDataHost } from './data-host.ts'
import type { DataTrace } from './data-trace.ts'
import type { IdleWatch } from './idle-watch.ts'

/**
 * Data connections of a session that may be open at once. After a transfer, one stays open until the client closes its side: a
 * session could otherwise take all descriptors of the process.
 */
const MAX_OPEN = 16

export class DataSockets {
  readonly options: DataConnectionOptions
  readonly #trace: DataTrace
  readonly #stopWaiting: () => void
  /** The first is open for the longest time. */
  readonly #sockets = new Set<Socket>()

  /** @param timeout milliseconds until a data connection must be open */
  constructor(control: StreamConnection, trace: DataTrace, timeout: number, idleWatch: IdleWatch) {
    this.#trace = trace
    this.#stopWaiting = trace.onActivation(() => this.#emitAllOpen())
    const { localAddress = '', remoteAddress = '' } = control.socket
    const { host, isControlHost } = chooseDataHost(localAddress, control.localHost)
    this.options = {
      localHost: host,
      allowsEpsv: isControlHost,
      clientHost: remoteAddress,
      timeout,
      idleWatch,
      trace,
      add: (socket, localPort) => this.#add(socket, localPort),
    }
  }

  /** Destroys all at once. */
  destroy(): void {
    this.#stopWaiting()
    for (const socket of this.#sockets) socket.destroy()
  }

  #add(socket: Socket, localPort: number | undefined): void {
    const [oldest] = this.#sockets.size < MAX_OPEN ? [] : this.#sockets
    oldest?.destroy()
    this.#sockets.add(socket)
    this.options.idleWatch.closeIfIdle(socket)
    // The transfer reports the error to the client.
    socket.on('error', error => this.#trace.emitError(error))
    socket.on('close', () => this.#onClosed(socket))
    if (socket.connecting) socket.once('connect', () => this.#emitOpen(socket))
    else this.#emitOpen(socket, localPort)
  }

  #onClosed(socket: Socket): void {
    this.#sockets.delete(socket)
    this.#trace.emitClose()
  }

  /** Those that were open before the trace had a listener. */
  #emitAllOpen(): void {
    for (const socket of this.#sockets) if (!socket.connecting && !socket.destroyed) this.#emitOpen(socket)
  }

  /** @param localPort undefined if it is not known: the system returns it then, which takes longer */
  #emitOpen(socket: Socket, localPort?: number): void {
    if (!this.#trace.isActive) return
    const { localHost, clientHost } = this.options
    const { remotePort = 0 } = socket
    if (localPort === undefined) {
      const { remoteAddress = '?', localAddress = '?' } = socket
      const server = { host: localAddress, port: socket.localPort ?? 0 }
      this.#trace.emitOpen({ host: remoteAddress, port: remotePort }, server)
    } else this.#trace.emitOpen({ host: clientHost, port: remotePort }, { host: localHost, port: localPort })
  }
}
