/** basic-ftp, with its sockets followed by the trace, and its own ways of connecting and parting put right. */
import { Socket } from 'node:net'
import { Client, FTPContext } from 'basic-ftp'
import { ftpDataDissector, ftpDissector } from '../../shared/trace/dissectors/ftp.ts'
import type { Trace } from '../../shared/trace/trace.ts'
import { passiveMode } from './passive.ts'

const CONTROL = { protocol: 'ftp', side: 'client', dissector: ftpDissector } as const
const DATA = { protocol: 'ftp', side: 'client', dissector: ftpDataDissector } as const

/** Makes the sockets of one session: the first is the control connection, all others are data connections of it. */
export class Sockets {
  readonly #trace: Trace | undefined
  /** Each with the promise of its 'close'; by `socket.closed` it would be too soon, listeners have not heard of it yet. */
  readonly #made: { readonly socket: Socket; readonly closed: Promise<void> }[] = []
  #control: ReturnType<Trace['follow']> | undefined
  /** True once the server was there at all. */
  connected = false

  constructor(trace: Trace | undefined) {
    this.#trace = trace
  }

  make(): Socket {
    const socket = new Socket()
    socket.setNoDelay(true)
    const closed = new Promise<void>(resolve => {
      socket.once('close', () => resolve())
    })
    const isControl = this.#made.push({ socket, closed }) === 1
    if (isControl) {
      socket.once('connect', () => {
        this.connected = true
      })
    }
    onceConnecting(socket, () => this.#follow(socket, isControl))
    return socket
  }

  #follow(socket: Socket, isControl: boolean): void {
    if (isControl) this.#control = this.#trace?.follow(socket, CONTROL)
    else if (this.#control) this.#trace?.followData(socket, DATA, this.#control)
  }

  /** Destroys all, for that reason if one is given; resolves when they are closed. */
  async close(why?: Error): Promise<void> {
    for (const { socket } of this.#made) {
      // Whoever still waits for it hears of it as well; it must not be nobody.
      socket.on('error', () => {})
      socket.destroy(why)
    }
    await Promise.all(this.#made.map(({ closed }) => closed))
  }
}

/** Node's `connect` puts a socket's own `write` back in place, so the trace may take hold of it only afterwards. */
function onceConnecting(socket: Socket, then: () => void): void {
  const { connect } = socket
  socket.connect = (...args: unknown[]) => {
    Reflect.deleteProperty(socket, 'connect')
    Reflect.apply(connect, socket, args)
    then()
    return socket
  }
}

class FollowedContext extends FTPContext {
  /** Not there yet while the base class makes its first socket, which is never connected. */
  sockets?: Sockets

  override _newSocket(): Socket {
    return this.sockets?.make() ?? super._newSocket()
  }

  /** The base class takes off every listener, those of the trace too. */
  protected override _removeSocketListeners(socket: Socket): void {
    for (const event of ['data', 'error', 'timeout']) socket.removeAllListeners(event)
  }

  /** The base class says QUIT here and does not wait for the answer; a session has said it already, and has. */
  protected override _closeControlSocket(): void {
    this._closeSocket(this._socket)
  }
}

/** A client that is not connected yet. */
export function createClient(sockets: Sockets, timeout: number): Client {
  const client = new Client(timeout)
  const context = new FollowedContext(timeout)
  context.sockets = sockets
  // It is declared as read-only, since the library does not expect another; nothing has used it yet.
  Object.assign(client, { ftp: context })
  client.prepareTransfer = passiveMode()
  return client
}
