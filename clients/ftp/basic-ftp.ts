/**
 * The adapter of basic-ftp: gives it sockets that are connected and traced, replaces how it opens data connections and how it
 * disconnects, counts the bytes of transfers, and aborts them. basic-ftp is pinned to one version because the adapter relies on
 * undocumented members; `test/clients/ftp/basic-ftp.unit.test.ts` fails if one of them changes:
 *
 * - `Client#ftp`: the `FTPContext`, replaced before use. `Client#prepareTransfer`: opens the data connection.
 * - `FTPContext#socket`: set to the control connection; its TLS socket then takes its place.
 * - `FTPContext#dataSocket`: set to the open data connection. `#tlsOptions`, `#tlsSessionStore`: for data connections over TLS.
 *   A data connection over TLS is ready for an upload if its `getCipher()` is defined.
 * - `FTPContext#_removeSocketListeners(socket)`: called when a socket is no longer used.
 * - `FTPContext#_closeControlSocket()`, `#_closeSocket(socket)`, `#_socket`: called on close.
 * - `FTPContext#_onControlSocketData(chunk)`: called with the text that arrives on the control connection; `#_task`: the command
 *   that waits for a reply.
 */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls, TLSSocket } from 'node:tls'
import { Client, FTPContext, FTPError, type FTPResponse } from 'basic-ftp'
import { parsePassivePort } from './session/passive-port.ts'
import type { SessionSockets } from './session/sockets.ts'

/** Bounds a line of a reply. */
const MAX_REPLY_LINE = 2 ** 16

class SessionContext extends FTPContext {
  #incompleteLine = ''

  /** The base class drops the first part of a line that arrives in two, and takes `213 5` for all of `213 55`. */
  protected override _onControlSocketData(chunk: string): void {
    const text = this.#incompleteLine + chunk
    const end = text.lastIndexOf('\n') + 1
    this.#incompleteLine = text.slice(end)
    const isGoodbye = this._task === undefined && text.startsWith('421')
    if (this.#incompleteLine.length > MAX_REPLY_LINE) this.closeWithError(new Error('a line of a reply has no end'))
    // The base class ignores replies without a command, and the next command would fail.
    else if (isGoodbye) this.closeWithError(new Error(text.trim()))
    else if (end > 0) super._onControlSocketData(text.slice(0, end))
  }

  /** Continues on TLS. Drops what arrived in clear after the reply to AUTH: it may be of an attacker. */
  upgrade(socket: TLSSocket, session: Buffer | undefined): void {
    this.#incompleteLine = ''
    this.socket = socket
    // The setter drops what it has received, and the session.
    if (session) this.tlsSessionStore = session
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

/** Creates a client for a control connection that is established, and on which the greeting has not been read. */
export function createClient(control: Socket, timeout: number, sockets: SessionSockets): Client {
  const client = new Client(timeout)
  const context = new SessionContext(timeout)
  // The property is declared read-only, but nothing has used it yet.
  Object.assign(client, { ftp: context })
  client.prepareTransfer = createPassiveStrategy(sockets)
  // The first socket is never connected; its close would close the context.
  context.socket.removeAllListeners('close')
  context.socket = control
  return client
}

/** Waits for the greeting; after a 120 (ready in some minutes) another one follows. */
export function readGreeting({ ftp }: Client): Promise<FTPResponse> {
  return ftp.handle(undefined, (reply, task) => {
    if (reply instanceof Error) task.reject(reply)
    else if (reply.code >= 200) task.resolve(reply)
  })
}

/**
 * Replaces the control connection by TLS over it, after the reply to AUTH.
 *
 * @param socket the TLS socket over the connection, whose handshake is not complete
 */
export async function upgradeControl({ ftp }: Client, socket: TLSSocket): Promise<void> {
  if (!(ftp instanceof SessionContext)) throw new Error('the client was not created by createClient')
  let session: Buffer | undefined
  socket.once('session', received => {
    session = received
  })
  await once(socket, 'secureConnect', { signal: AbortSignal.timeout(ftp.timeout) })
  ftp.upgrade(socket, session)
}

/** Calls back with the data connection of the next transfer before the command is sent. If the callback throws, the transfer fails. */
export function onDataConnection(client: Client, callback: (socket: Socket) => void): void {
  const { prepareTransfer } = client
  client.prepareTransfer = async ftp => {
    client.prepareTransfer = prepareTransfer
    const response = await prepareTransfer(ftp)
    try {
      if (ftp.dataSocket) callback(ftp.dataSocket)
    } catch (error) {
      ftp.dataSocket = undefined
      throw error
    }
    return response
  }
}

/** Aborts a transfer; it fails. Call `awaitAfterAbort` before the next command. */
export function abortTransfer({ ftp }: Client): void {
  ftp.dataSocket = undefined
  ftp.send('ABOR')
}

/** Skips the replies to an aborted transfer and to ABOR, of which servers send one or two. */
export async function awaitAfterAbort({ ftp }: Client): Promise<void> {
  await ftp.handle('NOOP', (reply, task) => {
    if (reply instanceof FTPError) return
    if (reply instanceof Error) task.reject(reply)
    else if (reply.code === 200) task.resolve(reply)
  })
}

/** Sets the options of TLS on data connections. */
export function setDataTls({ ftp }: Client, options: ConnectionOptions): void {
  ftp.tlsOptions = options
}

/** Opens data connections with EPSV. If the server does not support EPSV, uses PASV for the rest of the session. */
function createPassiveStrategy(sockets: SessionSockets): (ftp: FTPContext) => Promise<FTPResponse> {
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
    await connectData(ftp, parsePassivePort(response), sockets)
    return response
  }
}

/**
 * Connects to the host of the control connection. The host in a reply to PASV is wrong behind an address translator, and a
 * server could use it to make its clients connect elsewhere (RFC 2577).
 */
async function connectData(ftp: FTPContext, port: number, sockets: SessionSockets): Promise<void> {
  const host = ftp.socket.remoteAddress
  if (host === undefined) throw new Error('the control connection is closed')
  const socket = connect({ host, port, noDelay: true, timeout: ftp.timeout })
  sockets.add(socket)
  const isProtected = ftp.socket instanceof TLSSocket
  if (!isProtected) sockets.followData(socket)
  socket.once('timeout', () => socket.destroy(new Error('the data connection timed out')))
  await once(socket, 'connect')
  socket.setTimeout(0)
  socket.removeAllListeners('timeout')
  ftp.dataSocket = isProtected ? protectData(ftp, socket, sockets) : socket
}

/**
 * Starts TLS on a data connection. The handshake ends later: some servers begin theirs after the command. It resumes the latest
 * session, which shows the server that both connections are of one client; a ticket of TLS 1.3 serves once.
 */
function protectData(ftp: FTPContext, socket: Socket, sockets: SessionSockets): TLSSocket {
  const control = ftp.socket instanceof TLSSocket ? ftp.socket : undefined
  const session = ftp.tlsSessionStore ?? control?.getSession()
  const data = connectTls({ ...ftp.tlsOptions, socket, ...(session && { session }) })
  data.on('session', received => {
    ftp.tlsSessionStore = received
  })
  // The base class starts an upload as soon as there is a cipher, which a resumed session has before the handshake has ended. The
  // end of an empty file would then end the handshake.
  Object.defineProperty(data, 'getCipher', { value: () => undefined, configurable: true })
  data.once('secureConnect', () => Reflect.deleteProperty(data, 'getCipher'))
  endAfterHandshake(data)
  sockets.add(data)
  sockets.followData(data)
  return data
}

/**
 * Ends the socket one turn of the event loop later. Until that turn ends, Node counts the last part of the handshake as being sent:
 * the end of an empty file would go out without close_notify, and a server rejects that upload as cut off.
 */
function endAfterHandshake(data: TLSSocket): void {
  const { _final: final } = data
  data._final = done => setImmediate(() => final.call(data, done))
}
