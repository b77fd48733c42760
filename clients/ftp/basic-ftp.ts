/**
 * The adapter of basic-ftp: traces its sockets, and replaces how it connects and disconnects. basic-ftp is pinned to one
 * version because the adapter relies on undocumented members; `test/clients/ftp/basic-ftp.unit.test.ts` fails if one of them
 * changes:
 *
 * - `Client#ftp`: the `FTPContext`, replaced before use. `Client#prepareTransfer`: opens the data connection.
 * - `FTPContext#_newSocket()`: creates every socket; the first one is never connected, the second is the control connection.
 * - `FTPContext#_removeSocketListeners(socket)`: called when a socket is no longer used.
 * - `FTPContext#_closeControlSocket()`, `#_closeSocket(socket)`, `#_socket`: called on close.
 * - `FTPContext#dataSocket`: set to the open data connection.
 */
import { once } from 'node:events'
import { Socket } from 'node:net'
import { Client, FTPContext, FTPError, type FTPResponse } from 'basic-ftp'
import { ftpDataDissector, ftpDissector } from '../../shared/trace/dissectors/ftp.ts'
import type { Trace } from '../../shared/trace/trace.ts'
import { parsePassivePort } from './passive-port.ts'

const CONTROL_TRACE = { protocol: 'ftp', side: 'client', dissector: ftpDissector } as const
const DATA_TRACE = { protocol: 'ftp', side: 'client', dissector: ftpDataDissector } as const

/** Creates the sockets of one session: the first is the control connection, the others are its data connections. */
export class SessionSockets {
  readonly #trace: Trace | undefined
  /** `closed` resolves with the `close` event; `socket.closed` is true before its listeners have been called. */
  readonly #sockets: { readonly socket: Socket; readonly closed: Promise<void> }[] = []
  #control: ReturnType<Trace['follow']> | undefined
  /** True after the control connection was established. */
  isConnected = false

  constructor(trace: Trace | undefined) {
    this.#trace = trace
  }

  create(): Socket {
    const socket = new Socket()
    socket.setNoDelay(true)
    const closed = new Promise<void>(resolve => {
      socket.once('close', () => resolve())
    })
    const isControl = this.#sockets.push({ socket, closed }) === 1
    if (isControl) {
      socket.once('connect', () => {
        this.isConnected = true
      })
    }
    afterConnectCall(socket, () => this.#follow(socket, isControl))
    return socket
  }

  #follow(socket: Socket, isControl: boolean): void {
    if (isControl) this.#control = this.#trace?.follow(socket, CONTROL_TRACE)
    else if (this.#control) this.#trace?.followData(socket, DATA_TRACE, this.#control)
  }

  /** Destroys all sockets, with `error` if given, and resolves when they are closed. */
  async close(error?: Error): Promise<void> {
    for (const { socket } of this.#sockets) {
      // Without a listener the error would end the process.
      socket.on('error', () => {})
      socket.destroy(error)
    }
    await Promise.all(this.#sockets.map(({ closed }) => closed))
  }
}

/** Calls back after `socket.connect(...)`. It resets `socket.write`, which would remove the tap, so the trace attaches after it. */
function afterConnectCall(socket: Socket, callback: () => void): void {
  const { connect } = socket
  socket.connect = (...args: unknown[]) => {
    Reflect.deleteProperty(socket, 'connect')
    Reflect.apply(connect, socket, args)
    callback()
    return socket
  }
}

class TracedContext extends FTPContext {
  /** Undefined while the base class creates its first socket, which is never connected. */
  sockets?: SessionSockets

  override _newSocket(): Socket {
    return this.sockets?.create() ?? super._newSocket()
  }

  /** The base class removes every listener, including those of the trace. */
  protected override _removeSocketListeners(socket: Socket): void {
    for (const event of ['data', 'error', 'timeout']) socket.removeAllListeners(event)
  }

  /** The base class sends QUIT without waiting for the reply; the session has already sent QUIT and received the reply. */
  protected override _closeControlSocket(): void {
    this._closeSocket(this._socket)
  }
}

/** Creates a client that is not connected yet. */
export function createClient(sockets: SessionSockets, timeout: number): Client {
  const client = new Client(timeout)
  const context = new TracedContext(timeout)
  context.sockets = sockets
  // The property is declared read-only, but nothing has used it yet.
  Object.assign(client, { ftp: context })
  client.prepareTransfer = createPassiveStrategy()
  return client
}

/** Opens data connections with EPSV. If the server does not support EPSV, uses PASV for the rest of the session. */
function createPassiveStrategy(): (ftp: FTPContext) => Promise<FTPResponse> {
  let supportsEpsv = true
  const request = async (ftp: FTPContext): Promise<FTPResponse> => {
    if (!supportsEpsv) return ftp.request('PASV')
    try {
      return await ftp.request('EPSV')
    } catch (error) {
      if (!(error instanceof FTPError) || error.code < 500) throw error
      supportsEpsv = false
      return ftp.request('PASV')
    }
  }
  return async ftp => {
    const response = await request(ftp)
    await connectData(ftp, parsePassivePort(response))
    return response
  }
}

/**
 * Connects to the host of the control connection. The host in a reply to PASV is wrong behind an address translator, and a
 * server could use it to make its clients connect elsewhere (RFC 2577).
 */
async function connectData(ftp: FTPContext, port: number): Promise<void> {
  const host = ftp.socket.remoteAddress
  if (host === undefined) throw new Error('the control connection is closed')
  const socket = ftp._newSocket()
  socket.setTimeout(ftp.timeout, () => socket.destroy(new Error('the data connection timed out')))
  socket.connect({ host, port })
  await once(socket, 'connect')
  socket.setTimeout(0)
  socket.removeAllListeners('timeout')
  ftp.dataSocket = socket
}
